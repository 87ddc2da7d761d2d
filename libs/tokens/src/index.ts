export * from './agent-proof.js';
export * from './cookies.js';
