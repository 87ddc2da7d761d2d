export * from './metrics-server.js';
export { measured, onWork, type Work } from './work.js';
