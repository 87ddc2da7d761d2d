export { type Engines, engineOf, enginesOf } from './application.engine.js';
export type { Application } from './application.js';
export { Catalogue, type CatalogueFilter, type Program, type Starter } from './catalogue.js';
export { CatalogueModule } from './catalogue.module.js';
export { MAX_ARGUMENT_LENGTH, MAX_ARGUMENTS } from './desktop-entry.exec.js';
export type { Icon } from './machine.icons.js';
