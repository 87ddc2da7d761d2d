/** How Deskhand talks to MongoDB: what it relies on (durable, majority, primary) and how long it waits for anything. */
import mongoose, { type Connection, type ConnectOptions } from 'mongoose';
import { type Configuration, DeskhandError } from '#libs/common';

export type MongoConfiguration = Extract<Configuration['store'], { kind: 'mongo' }>;

/** A server that does not answer is noticed within seconds, by requests that people wait for. */
const REACHABLE_WITHIN_MS = 3_000;
const SILENT_FOR_MS = 6_000;
const LARGEST_POOL = 20;

const OPTIONS: ConnectOptions = {
  appName: 'deskhand',
  // Indexes and collections are the migrations' matter; without a connection an operation fails and does not wait.
  ...{ autoIndex: false, autoCreate: false, bufferCommands: false },
  ...{ writeConcern: { w: 'majority', journal: true }, readConcern: { level: 'majority' }, readPreference: 'primary' },
  ...{ serverSelectionTimeoutMS: REACHABLE_WITHIN_MS, connectTimeoutMS: REACHABLE_WITHIN_MS, waitQueueTimeoutMS: REACHABLE_WITHIN_MS },
  ...{ socketTimeoutMS: SILENT_FOR_MS, maxPoolSize: LARGEST_POOL },
};

/** @throws DeskhandError `STORE_UNAVAILABLE`: whoever starts us starts us again, waiting here would only hide it */
export async function connect({ url, database }: MongoConfiguration): Promise<Connection> {
  try {
    return await mongoose.createConnection(url, { ...OPTIONS, dbName: database }).asPromise();
  } catch (error) {
    // Names the server; the driver's messages hold no password.
    const detail = `MongoDB cannot be used: ${(error as Error).message}.`;
    throw new DeskhandError('STORE_UNAVAILABLE', detail, {}, { cause: error });
  }
}
