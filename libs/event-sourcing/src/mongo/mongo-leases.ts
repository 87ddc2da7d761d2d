/** Leases and checkpoints: one document each, changed by one conditional write each, and by the server's clock alone. */
import { randomUUID } from 'node:crypto';
import type { mongo } from 'mongoose';
import { type Lease, LeaseLost } from '../event-store.js';
import type { Checkpoints } from '../subscription.js';
import { answerOf, isDuplicate } from './mongo-errors.js';

interface LeaseDocument {
  readonly _id: string;
  /** Of one holding, not of a process: who took it recognises itself. */
  readonly holder: string;
  readonly fence: number;
  /** Milliseconds since 1970 by the server's clock; 0 once it was given back. The document stays, so that the next holder's fence is a higher one. */
  readonly expiresAt: number;
}

interface CheckpointDocument {
  readonly _id: string;
  readonly position: number;
  readonly fence: number;
}

/** Numbers, as not every server compares its own time with a date. */
export const SERVER_TIME = { $toLong: '$$NOW' };

export class MongoLeases {
  readonly #leases;

  constructor(database: mongo.Db) {
    this.#leases = database.collection<LeaseDocument>('leases');
  }

  async acquire(name: string, ttlMs: number): Promise<Lease | undefined> {
    const holder = randomUUID();
    const isFree = { $lte: [{ $ifNull: ['$expiresAt', 0] }, SERVER_TIME] };
    const ifFree = (value: unknown, field: string) => ({ $cond: [isFree, value, field] });
    const change = {
      holder: ifFree(holder, '$holder'),
      fence: ifFree({ $add: [{ $ifNull: ['$fence', 0] }, 1] }, '$fence'),
      expiresAt: ifFree({ $add: [SERVER_TIME, ttlMs] }, '$expiresAt'),
    };
    const take = () => this.#leases.findOneAndUpdate({ _id: name }, [{ $set: change }], { upsert: true, returnDocument: 'after' });
    // Of two who make the document at once one is refused; it is there then.
    const lease = await answerOf(take()).catch((error) => (isDuplicate(error) ? answerOf(take()) : Promise.reject(error)));
    if (lease?.holder !== holder) return undefined;
    const { fence } = lease;
    return {
      name,
      fence,
      renew: async (nextTtlMs) => {
        const renewed = [{ $set: { expiresAt: { $add: [SERVER_TIME, nextTtlMs] } } }];
        const { matchedCount } = await answerOf(this.#leases.updateOne({ _id: name, holder, expiresAt: { $gt: 0 } }, renewed));
        if (matchedCount === 0) throw new LeaseLost(name);
      },
      release: async () => {
        await answerOf(this.#leases.updateOne({ _id: name, holder }, { $set: { expiresAt: 0 } }));
      },
    };
  }
}

export function mongoCheckpoints(database: mongo.Db): Checkpoints {
  const checkpoints = database.collection<CheckpointDocument>('checkpoints');
  return {
    async claim(name, fence) {
      const claimed = checkpoints.findOneAndUpdate(
        { _id: name, fence: { $lte: fence } },
        { $set: { fence }, $setOnInsert: { position: 0 } },
        { upsert: true, returnDocument: 'after' },
      );
      try {
        return (await answerOf(claimed))?.position ?? 0;
      } catch (error) {
        // It is there, with a higher fence: the write would have made it a second time.
        if (isDuplicate(error)) throw new LeaseLost(name);
        throw error;
      }
    },
    async save(name, fence, position) {
      const { matchedCount } = await answerOf(checkpoints.updateOne({ _id: name, fence }, { $set: { position } }));
      if (matchedCount === 0) throw new LeaseLost(name);
    },
  };
}
