/**
 * Rings when another process has appended, where the server can tell: on a replica set, by a change stream. It may fall silent at any moment, and a
 * server that stands alone has none: subscriptions poll all the same, so nothing rests on it but that they need not wait for their next poll.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import type { AppendCollection, AppendDocument } from './append-document.js';
import type { LogEnd } from './log-end.js';
import { answerOf } from './mongo-errors.js';

/** Shorter than a socket may be silent. */
const LONGEST_WAIT_MS = 2_000;
/** What comes within this time after a ring is read with it. */
const TOGETHER_MS = 10;
const LISTEN_AGAIN_MS = 2_000;

const INSERTS = [{ $match: { operationType: 'insert' } }, { $project: { _id: 1, operationType: 1, documentKey: 1 } }];

type Changes = mongo.ChangeStream<AppendDocument, mongo.ChangeStreamInsertDocument<AppendDocument>>;

export class Doorbell {
  readonly #stop = new AbortController();
  #changes: Changes | undefined;

  /** @param end what this process has read or written itself needs no ring */
  constructor(
    private readonly database: mongo.Db,
    private readonly appends: AppendCollection,
    private readonly end: LogEnd,
    private readonly ring: () => void,
  ) {
    void this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#changes?.close().catch(() => {});
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        if (!(await this.#canTell())) return;
        await this.#listen();
      } catch {
        // Whoever reads events says that the server is away.
      }
      await pause(LISTEN_AGAIN_MS, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  async #canTell(): Promise<boolean> {
    const { setName, msg } = await answerOf(this.database.command({ hello: 1 }));
    return setName !== undefined || msg === 'isdbgrid';
  }

  /** Until it breaks. */
  async #listen(): Promise<void> {
    const changes: Changes = this.appends.watch(INSERTS, { maxAwaitTimeMS: LONGEST_WAIT_MS });
    this.#changes = changes;
    try {
      if (this.#stop.signal.aborted) return;
      // What was appended while nobody listened.
      this.ring();
      for await (const { documentKey } of changes) {
        if (documentKey._id <= (this.end.position ?? 0)) continue;
        this.ring();
        await pause(TOGETHER_MS);
      }
    } finally {
      await changes.close().catch(() => {});
    }
  }
}
