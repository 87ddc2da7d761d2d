/** Gives Nest the one catalogue of this process. */
import { Module } from '@nestjs/common';
import { CONFIGURATION, type Configuration } from '#libs/common';
import { Catalogue } from './catalogue.js';

@Module({
  providers: [
    { provide: Catalogue, inject: [CONFIGURATION], useFactory: (configuration: Configuration) => new Catalogue(configuration.catalogue) },
  ],
  exports: [Catalogue],
})
export class CatalogueModule {}
