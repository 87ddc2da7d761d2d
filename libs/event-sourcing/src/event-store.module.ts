/** Gives every application the event store that its configuration names, and closes it with the application. */
import { type DynamicModule, type FactoryProvider, Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Configuration } from '#libs/common';
import { EventStore } from './event-store.js';
import { openStore } from './operator.module.js';

/** Global, as there is one store in an installation. */
@Global()
@Module({})
export class EventStoreModule implements OnApplicationShutdown {
  constructor(private readonly store: EventStore) {}

  static async with(configuration: Configuration): Promise<DynamicModule> {
    const { store } = configuration;
    if (store.kind !== 'mongo') return moduleOf({ provide: EventStore, useFactory: () => openStore(configuration) });
    // Loaded only where it is used: the driver alone takes as long to load as everything else together.
    const { connectionProvider, mongoDatabase, mongoEventStore, mongoViews } = await import('./mongo/mongo.module.js');
    return moduleOf(mongoEventStore, mongoDatabase, mongoViews, connectionProvider(store));
  }

  /** The last of Nest's hooks: whoever still appends while it ends does so in an earlier one. */
  onApplicationShutdown(): Promise<void> {
    return this.store.close();
  }
}

const moduleOf = (...providers: readonly FactoryProvider[]): DynamicModule => ({
  module: EventStoreModule,
  providers: [...providers],
  exports: providers.map(({ provide }) => provide),
});
