export * from './command-bus.js';
export * from './command-handler.js';
export * from './decider.js';
export type { SubscriptionTimings } from './delivery.js';
export * from './event-store.js';
export * from './event-store.module.js';
export type { Migration } from './migration.js';
export * from './operator.module.js';
export type { Checkpoints } from './subscription.js';
