export { DenyList } from './deny-list.js';
export { targetsOf } from './desktop/targets.js';
export { createGateway, type Gateway } from './gateway.js';
export { type GatewayLimits, type GatewayLogger, type GatewayOptions, type Upstream, upstreamsOf } from './gateway.options.js';
