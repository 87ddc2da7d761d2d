/** Which migrations the code counts on, and whether a database has had them: an older or newer one is refused before anything is read. */
import type { Connection, mongo } from 'mongoose';
import { DeskhandError } from '#libs/common';
import { answerOf } from './mongo-errors.js';

/** Number of the newest migration in migrations/. */
export const SCHEMA_VERSION = 3;

/** One that was carried out: the ledger. */
export interface MigrationRecord {
  readonly _id: number;
  readonly name: string;
  readonly doneAt: Date;
}

export const migrationsOf = (database: mongo.Db): mongo.Collection<MigrationRecord> => database.collection<MigrationRecord>('migrations');

/** @throws DeskhandError `STORE_SCHEMA_OLD`, `STORE_SCHEMA_NEW`, `STORE_UNAVAILABLE` */
export async function requireSchema(connection: Connection): Promise<void> {
  const database = connection.getClient().db(connection.name);
  const done = await answerOf(
    migrationsOf(database)
      .find({}, { projection: { _id: 1 } })
      .toArray(),
  );
  const version = Math.max(0, ...done.map(({ _id }) => _id));
  if (version === SCHEMA_VERSION && done.length === SCHEMA_VERSION) return;
  const place = `The database ${connection.name} has version ${version} of its collections; this program needs version ${SCHEMA_VERSION}.`;
  throw new DeskhandError(version > SCHEMA_VERSION ? 'STORE_SCHEMA_NEW' : 'STORE_SCHEMA_OLD', place);
}
