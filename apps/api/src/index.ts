export { createApi } from './create-api.js';
export { denialOf, startOfDenials } from './gateways/denials.js';
