/** Gives Nest the one catalogue of this process: desktops that are processes start programs of this machine, desktops that are pods start images. */
import { Logger, Module } from '@nestjs/common';
import { CONFIGURATION, type Configuration } from '#libs/common';
import type { CatalogueSource } from './application.js';
import { Catalogue } from './catalogue.js';
import { DesktopEntrySource } from './desktop-entry.source.js';
import { ImageSource } from './image.source.js';

@Module({
  providers: [
    {
      provide: Catalogue,
      inject: [CONFIGURATION],
      useFactory: (configuration: Configuration) => new Catalogue(sourceOf(configuration), configuration.catalogue),
    },
  ],
  exports: [Catalogue],
})
export class CatalogueModule {}

function sourceOf({ catalogue, runtime }: Configuration): CatalogueSource {
  if (runtime.kind === 'local') return new DesktopEntrySource(catalogue.folders);
  const logger = new Logger('catalogue');
  return new ImageSource(catalogue.images, (file, reason) =>
    logger.warn({ msg: 'an application of the catalogue is left out', file, reason }),
  );
}
