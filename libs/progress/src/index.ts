export * from './progress.js';
export * from './progress.module.js';
