export { type Denied, DenyList } from './deny-list.js';
export { targetsOf } from './desktop/targets.js';
export { createGateway, type Gateway } from './gateway.js';
export type { GatewayLimits, GatewayLogger, GatewayOptions, Upstream } from './gateway.options.js';
