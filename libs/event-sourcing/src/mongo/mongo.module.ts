/** The connection and the event store for installations on MongoDB. Models of other libs use the same connection, by the token of @nestjs/mongoose. */
import type { FactoryProvider } from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { EventStore } from '../event-store.js';
import { connect, type MongoConfiguration } from './connection.js';
import { MongoEventStore } from './mongo-event-store.js';
import { requireSchema } from './schema-version.js';

/** Not MongooseModule.forRoot: it would close the connection while the event store still saves where it is and gives back its leases. */
export const connectionProvider = (configuration: MongoConfiguration): FactoryProvider<Connection> => ({
  provide: getConnectionToken(),
  useFactory: async () => {
    const connection = await connect(configuration);
    await requireSchema(connection).catch(async (error) => {
      await connection.close();
      throw error;
    });
    return connection;
  },
});

export const mongoEventStore: FactoryProvider<EventStore> = {
  provide: EventStore,
  inject: [getConnectionToken()],
  useFactory: (connection: Connection) => new MongoEventStore(connection),
};
