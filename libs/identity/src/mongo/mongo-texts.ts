/** Keeps sealed texts in MongoDB, for replicas on any number of machines; it removes by itself what has lived too long. */
import type { mongo } from 'mongoose';
import type { Database } from '#libs/event-sourcing';
import { SealedTexts } from '../sealed-texts.js';

interface Row {
  readonly _id: string;
  readonly sealed: string;
  readonly since: Date;
  /** An index of MongoDB's looks at it (migrations/0003-login-files.ts). */
  readonly until: Date;
}

const LONGEST_CALL_MS = 5_000;
const MOST_AT_ONCE = 100;

export class MongoTexts extends SealedTexts {
  constructor(private readonly database: Database) {
    super();
  }

  async put(_id: string, sealed: string, until: Date): Promise<void> {
    await this.#ask((rows) => rows.replaceOne({ _id }, { sealed, since: new Date(), until }, { upsert: true, maxTimeMS: LONGEST_CALL_MS }));
  }

  async get(_id: string): Promise<string | undefined> {
    return (await this.#ask((rows) => rows.findOne({ _id }, { maxTimeMS: LONGEST_CALL_MS })))?.sealed;
  }

  async remove(_id: string): Promise<void> {
    await this.#ask((rows) => rows.deleteOne({ _id }, { maxTimeMS: LONGEST_CALL_MS }));
  }

  async sweep(needed: ReadonlySet<string>, before: number): Promise<void> {
    const old = { since: { $lt: new Date(before) } };
    let found: readonly string[] = [];
    do {
      found = await this.#next({ ...old, _id: { $gt: found.at(-1) ?? '' } });
      const gone = found.filter((_id) => !needed.has(_id));
      // What was put anew meanwhile is not old any more.
      if (gone.length > 0) await this.#ask((rows) => rows.deleteMany({ ...old, _id: { $in: gone } }, { maxTimeMS: LONGEST_CALL_MS }));
    } while (found.length === MOST_AT_ONCE);
  }

  async #next(wanted: mongo.Filter<Row>): Promise<readonly string[]> {
    const page = { projection: { _id: 1 }, sort: { _id: 1 }, limit: MOST_AT_ONCE, maxTimeMS: LONGEST_CALL_MS } as const;
    const found = await this.#ask((rows) => rows.find(wanted, page).toArray());
    return found.map(({ _id }) => _id);
  }

  #ask<Answer>(question: (rows: mongo.Collection<Row>) => Promise<Answer>): Promise<Answer> {
    return this.database.ask((connection) => question(connection.getClient().db(connection.name).collection<Row>('login_files')));
  }
}
