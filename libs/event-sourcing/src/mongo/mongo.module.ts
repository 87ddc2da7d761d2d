/** The connection and what uses it in installations on MongoDB: the event store, views, and what other libs keep beside them. */
import type { FactoryProvider } from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { Database } from '../database.js';
import { EventStore } from '../event-store.js';
import { PersistentViews } from '../persistent-views.js';
import { connect, type MongoConfiguration } from './connection.js';
import { MongoDatabase } from './mongo-database.js';
import { MongoEventStore } from './mongo-event-store.js';
import { MongoViews } from './mongo-views.js';
import { requireSchema } from './schema-version.js';

/** To a database that has been migrated. @throws DeskhandError `STORE_UNAVAILABLE`, `STORE_SCHEMA_OLD`, `STORE_SCHEMA_NEW` */
export async function openConnection(configuration: MongoConfiguration): Promise<Connection> {
  const connection = await connect(configuration);
  try {
    await requireSchema(connection);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Not MongooseModule.forRoot: it would close the connection while the event store still saves where it is and gives back its leases. */
export const connectionProvider = (configuration: MongoConfiguration): FactoryProvider<Connection> => ({
  provide: getConnectionToken(),
  useFactory: () => openConnection(configuration),
});

export const mongoEventStore: FactoryProvider<EventStore> = {
  provide: EventStore,
  inject: [getConnectionToken()],
  useFactory: (connection: Connection) => new MongoEventStore(connection),
};

export const mongoDatabase: FactoryProvider<Database> = {
  provide: Database,
  inject: [getConnectionToken()],
  useFactory: (connection: Connection) => new MongoDatabase(connection),
};

export const mongoViews: FactoryProvider<PersistentViews> = {
  provide: PersistentViews,
  inject: [getConnectionToken(), EventStore],
  useFactory: (connection: Connection, store: EventStore) => new MongoViews(connection, store),
};
