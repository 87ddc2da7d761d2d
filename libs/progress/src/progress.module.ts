/** Gives every application its progress port: the only place that picks an adapter. */
import { CACHE_MANAGER, type Cache, CacheModule } from '@nestjs/cache-manager';
import { Global, Logger, Module } from '@nestjs/common';
import { CONFIGURATION, type Configuration } from '#libs/common';
import { memcachedKeyv } from './memcached/memcached-keyv.js';
import { MemcachedProgress } from './memcached/memcached-progress.js';
import { MemoryProgress } from './memory/memory-progress.js';
import { NearAndFarProgress } from './near-and-far-progress.js';
import { Progress } from './progress.js';

/** The lines to the memcached servers, where the configuration names some. */
class Memcached {
  readonly opened?: ReturnType<typeof memcachedKeyv>;

  constructor({ progress }: Pick<Configuration, 'progress'>) {
    if (progress.kind !== 'memcached') return;
    const logger = new Logger('progress');
    this.opened = memcachedKeyv({
      servers: progress.servers,
      onChange: (isAnswering, err) =>
        isAnswering
          ? logger.log('memcached answers again')
          : logger.warn({ msg: 'memcached does not answer: progress of other replicas is not seen', err }),
    });
  }
}

@Module({
  providers: [{ provide: Memcached, inject: [CONFIGURATION], useFactory: (configuration: Configuration) => new Memcached(configuration) }],
  exports: [Memcached],
})
class MemcachedModule {}

function openProgress({ installation, progress }: Configuration, { opened }: Memcached, cache: Cache): Progress {
  const near = new MemoryProgress();
  if (progress.kind !== 'memcached' || !opened) return near;
  const options = { prefix: `deskhand/${installation.id}`, expireSeconds: progress.expireSeconds };
  return new NearAndFarProgress(near, new MemcachedProgress(cache, opened.driver, options));
}

/** Global: who publishes and who reads must meet in one and the same. Needs {@link CONFIGURATION} from a global module. */
@Global()
@Module({
  imports: [
    MemcachedModule,
    CacheModule.registerAsync({
      imports: [MemcachedModule],
      inject: [Memcached],
      useFactory: ({ opened }: Memcached) => ({ stores: opened ? [opened.keyv] : [] }),
    }),
  ],
  providers: [{ provide: Progress, inject: [CONFIGURATION, Memcached, CACHE_MANAGER], useFactory: openProgress }],
  exports: [Progress],
})
export class ProgressModule {}
