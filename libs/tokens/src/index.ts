export * from './agent-proof.js';
export * from './cookies.js';
export * from './desktop-secret.js';
export * from './desktop-token.js';
export * from './key-ring.js';
export * from './seal.js';
export * from './tokens.module.js';
export * from './user-token.js';
