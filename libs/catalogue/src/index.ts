export { Catalogue, type CatalogueFilter, type Starter } from './catalogue.js';
export { CatalogueModule } from './catalogue.module.js';
export type { Application } from './desktop-entry.application.js';
export { MAX_ARGUMENT_LENGTH, MAX_ARGUMENTS } from './desktop-entry.exec.js';
export type { Icon } from './machine.icons.js';
