/** Keeps sealed texts in MongoDB, for replicas on any number of machines; it removes by itself what has lived too long. */
import type { Connection } from 'mongoose';
import { SealedTexts } from '../sealed-texts.js';

interface Row {
  readonly _id: string;
  readonly sealed: string;
  readonly since: Date;
  /** An index of MongoDB's looks at it (migrations/0003-login-files.ts). */
  readonly until: Date;
}

const LONGEST_CALL_MS = 5_000;
const MOST_AT_ONCE = 1_000;

export class MongoTexts extends SealedTexts {
  constructor(private readonly connection: Connection) {
    super();
  }

  async put(_id: string, sealed: string, until: Date): Promise<void> {
    await this.#rows.replaceOne({ _id }, { sealed, since: new Date(), until }, { upsert: true, maxTimeMS: LONGEST_CALL_MS });
  }

  async get(_id: string): Promise<string | undefined> {
    return (await this.#rows.findOne({ _id }, { maxTimeMS: LONGEST_CALL_MS }))?.sealed;
  }

  async remove(_id: string): Promise<void> {
    await this.#rows.deleteOne({ _id }, { maxTimeMS: LONGEST_CALL_MS });
  }

  async sweep(needed: ReadonlySet<string>, before: number): Promise<void> {
    const old = { since: { $lt: new Date(before) } };
    const found = this.#rows.find(old, { projection: { _id: 1 }, maxTimeMS: LONGEST_CALL_MS });
    let gone: string[] = [];
    // What was put anew meanwhile is not old any more.
    const remove = () => this.#rows.deleteMany({ ...old, _id: { $in: gone } }, { maxTimeMS: LONGEST_CALL_MS });
    for await (const { _id } of found) {
      if (!needed.has(_id)) gone.push(_id);
      if (gone.length < MOST_AT_ONCE) continue;
      await remove();
      gone = [];
    }
    if (gone.length > 0) await remove();
  }

  get #rows() {
    return this.connection.collection<Row>('login_files');
  }
}
