/** Opens the file of a store: private, checked, durable at every commit, and with its tables in place. */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DeskhandError } from '#libs/common';
import { toStoreError } from './sqlite-errors.js';

/** Version of the tables below, kept in the file. */
const SCHEMA_VERSION = 2;

/** For what must wait while opening; afterwards nothing may block the event loop, so waiting is the write queue's matter. */
const OPEN_WITHIN_MS = 10_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    UNIQUE (stream, version)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS checkpoints (name TEXT PRIMARY KEY, position INTEGER NOT NULL, fence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    fence INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Of version 2. */
const TROUBLES = `
  CREATE TABLE IF NOT EXISTS troubles (
    subscription TEXT NOT NULL,
    position INTEGER NOT NULL,
    stream TEXT NOT NULL,
    type TEXT NOT NULL,
    error TEXT NOT NULL,
    since TEXT NOT NULL,
    instruction TEXT,
    PRIMARY KEY (subscription, position)
  ) STRICT, WITHOUT ROWID;
`;

/** @throws DeskhandError `STORE_CORRUPT` for a file that is broken or not ours, `STORE_UNAVAILABLE` for one that cannot be used */
export function openSqliteFile(file: string): DatabaseSync {
  makePrivateFile(file);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: OPEN_WITHIN_MS });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    prepareSchema(database);
    checkPages(database);
    database.exec('PRAGMA busy_timeout = 0;');
    return database;
  } catch (error) {
    database?.close();
    throw toStoreError(error);
  }
}

/** SQLite gives the files beside it (-wal, -shm) the same mode. */
function makePrivateFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
  } catch (cause) {
    throw new DeskhandError(
      'STORE_UNAVAILABLE',
      `The file of the event store cannot be opened: ${(cause as Error).message}.`,
      {},
      { cause },
    );
  }
}

function prepareSchema(database: DatabaseSync): void {
  if (readNumber(database, 'PRAGMA user_version') === SCHEMA_VERSION) return;
  // Under the write lock, as others may be opening the same new file.
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = readNumber(database, 'PRAGMA user_version');
    if (version > SCHEMA_VERSION)
      throw new DeskhandError('STORE_UNAVAILABLE', 'The event store was written by a later version of Deskhand.');
    if (version === 0) {
      const isEmpty = readNumber(database, 'SELECT count(*) FROM sqlite_schema') === 0;
      if (!isEmpty) throw new DeskhandError('STORE_CORRUPT', 'The file of the event store is the database of another program.');
      database.exec(SCHEMA);
    }
    database.exec(`${TROUBLES} PRAGMA user_version = ${SCHEMA_VERSION};`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** About half a second per million events: broken pages show now, in one sentence, and not at some read later. */
function checkPages(database: DatabaseSync): void {
  const finding = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
  if (finding !== 'ok') throw new DeskhandError('STORE_CORRUPT', `The file of the event store is damaged: ${finding}.`);
}

const readNumber = (database: DatabaseSync, query: string): number => Number(Object.values(database.prepare(query).get() ?? {})[0]);
