export * from './runtime.js';
export { RuntimeModule } from './runtime.module.js';
