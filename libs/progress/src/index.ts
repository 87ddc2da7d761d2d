export * from './memory/memory-progress.js';
export * from './progress.js';
export * from './progress.module.js';
