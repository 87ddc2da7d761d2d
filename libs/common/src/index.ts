export * from './configuration/configuration.schema.js';
export * from './configuration/configuration.token.js';
export { loadConfiguration } from './configuration/load-configuration.js';
export * from './errors.js';
export type { GeneratedDocument } from './generated-document.js';
export * from './identity.js';
export * from './ids.js';
export * from './never.js';
export * from './problem.js';
