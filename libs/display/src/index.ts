export * from './agent-configuration.js';
export * from './agent-status.js';
export { APPLICATION_VARIABLE, RUN_VARIABLE, runMarker } from './desktop-environment.js';
export { endRun } from './process-table.js';
export { runAgent } from './run-agent.js';
export { cleanText } from './untrusted-text.js';
export { authorityEntry } from './x-authority.js';
