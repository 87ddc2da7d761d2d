/** Gives every application the event store that its configuration names, and closes it with the application. */
import { join } from 'node:path';
import { type DynamicModule, type FactoryProvider, Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { assertNever, type Configuration } from '#libs/common';
import { EventStore } from './event-store.js';
import { MemoryEventStore } from './memory/memory-event-store.js';
import { SqliteEventStore } from './sqlite/sqlite-event-store.js';

/** Global, as there is one store in an installation. */
@Global()
@Module({})
export class EventStoreModule implements OnApplicationShutdown {
  constructor(private readonly store: EventStore) {}

  static async with({ store, data }: Configuration): Promise<DynamicModule> {
    switch (store.kind) {
      case 'sqlite':
        return moduleOf({ provide: EventStore, useFactory: () => new SqliteEventStore(join(data, 'events.sqlite')) });
      case 'memory':
        return moduleOf({ provide: EventStore, useFactory: () => new MemoryEventStore() });
      case 'mongo': {
        // Loaded only where it is used: the driver alone takes longer to load than everything else together.
        const { connectionProvider, mongoEventStore } = await import('./mongo/mongo.module.js');
        return moduleOf(mongoEventStore, connectionProvider(store));
      }
      default:
        return assertNever(store);
    }
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
