/** What operators' programs do to a store, beside the servers that use it. */
import { join } from 'node:path';
import { assertNever, type Configuration, DeskhandError } from '#libs/common';
import type { EventStore } from './event-store.js';
import { MemoryEventStore } from './memory/memory-event-store.js';
import type { Migration } from './migration.js';
import type { PersistentViews } from './persistent-views.js';
import { SqliteEventStore } from './sqlite/sqlite-event-store.js';

/** The store that the configuration names. @throws DeskhandError `STORE_UNAVAILABLE`, `STORE_CORRUPT`, `STORE_SCHEMA_OLD`, `STORE_SCHEMA_NEW` */
export async function openStore({ store, data }: Configuration): Promise<EventStore> {
  switch (store.kind) {
    case 'sqlite':
      return new SqliteEventStore(join(data, 'events.sqlite'));
    case 'memory':
      return new MemoryEventStore();
    case 'mongo': {
      const [{ openConnection }, { MongoEventStore }] = await Promise.all([
        import('./mongo/mongo.module.js'),
        import('./mongo/mongo-event-store.js'),
      ]);
      return new MongoEventStore(await openConnection(store));
    }
    default:
      return assertNever(store);
  }
}

/**
 * Gives the views that the database of the store keeps to `use`.
 *
 * @throws DeskhandError `CONFIGURATION_INVALID` for a store whose views are in memory
 */
export async function usePersistentViews<T>({ store }: Configuration, use: (views: PersistentViews) => Promise<T>): Promise<T> {
  if (store.kind !== 'mongo') {
    throw new DeskhandError('CONFIGURATION_INVALID', `Views of a store of kind ${store.kind} are in memory, built again at every start.`);
  }
  const [{ openConnection }, { MongoEventStore }, { MongoViews }] = await Promise.all([
    import('./mongo/mongo.module.js'),
    import('./mongo/mongo-event-store.js'),
    import('./mongo/mongo-views.js'),
  ]);
  const connection = await openConnection(store);
  const events = new MongoEventStore(connection);
  try {
    return await use(new MongoViews(connection, events));
  } finally {
    await events.close();
  }
}

/**
 * Brings the collections of MongoDB to what this program needs. Several may do so at once: one works, the others wait.
 *
 * @param report is told of each migration before it is carried out
 * @returns how many were carried out
 * @throws DeskhandError `CONFIGURATION_INVALID`, `STORE_SCHEMA_NEW`, `STORE_UNAVAILABLE`
 */
export async function migrateStore(
  { store }: Configuration,
  migrations: readonly Migration[],
  report: (migration: Migration) => void,
): Promise<number> {
  if (store.kind !== 'mongo') throw new DeskhandError('CONFIGURATION_INVALID', `A store of kind ${store.kind} needs no migrations.`);
  const [{ connect }, { migrate }] = await Promise.all([import('./mongo/connection.js'), import('./mongo/migrate.js')]);
  const connection = await connect(store);
  try {
    return await migrate(connection, migrations, report);
  } finally {
    await connection.close();
  }
}
