/** Gives every application the event store that its configuration names, and closes it with the application. */
import { join } from 'node:path';
import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { assertNever, CONFIGURATION, type Configuration } from '#libs/common';
import { EventStore } from './event-store.js';
import { MemoryEventStore } from './memory/memory-event-store.js';
import { SqliteEventStore } from './sqlite/sqlite-event-store.js';

function openEventStore({ store, data }: Configuration): EventStore {
  switch (store.kind) {
    case 'sqlite':
      return new SqliteEventStore(join(data, 'events.sqlite'));
    case 'memory':
      return new MemoryEventStore();
    default:
      return assertNever(store);
  }
}

/** Global, as there is one store in an installation. Needs {@link CONFIGURATION} from a global module. */
@Global()
@Module({
  providers: [{ provide: EventStore, inject: [CONFIGURATION], useFactory: openEventStore }],
  exports: [EventStore],
})
export class EventStoreModule implements OnApplicationShutdown {
  constructor(private readonly store: EventStore) {}

  /** The last of Nest's hooks: whoever still appends while it ends does so in an earlier one. */
  onApplicationShutdown(): Promise<void> {
    return this.store.close();
  }
}
