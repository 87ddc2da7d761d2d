/** What operators see and say of subscriptions: a document for each event that one of them cannot get past. */
import type { mongo } from 'mongoose';
import type { Instruction, Supervision, Trouble } from '../supervision.js';
import { answerOf } from './mongo-errors.js';

type TroubleDocument = Omit<Trouble, 'instruction'> & { readonly _id: string; readonly instruction?: Instruction | null };

export function mongoSupervision(database: mongo.Db): Supervision {
  const troubles = database.collection<TroubleDocument>('troubles');
  const checkpoints = database.collection<{ readonly _id: string; readonly position: number }>('checkpoints');
  const idOf = (subscription: string, position: number) => `${position} ${subscription}`;
  return {
    async report({ since, ...trouble }) {
      const _id = idOf(trouble.subscription, trouble.position);
      await answerOf(troubles.updateOne({ _id }, { $set: trouble, $setOnInsert: { since } }, { upsert: true }));
    },
    async clear(subscription, position) {
      await answerOf(troubles.deleteOne({ _id: idOf(subscription, position), 'instruction.kind': { $ne: 'skip' } }));
    },
    async troubles() {
      const found = await answerOf(troubles.find({}).toArray());
      const all = found.map(({ _id, instruction, ...trouble }): Trouble => ({ ...trouble, ...(instruction ? { instruction } : {}) }));
      return all.sort((a, b) => a.subscription.localeCompare(b.subscription) || a.position - b.position);
    },
    async instruct(subscription, position, kind) {
      const change =
        kind === 'skip'
          ? { $set: { instruction: { kind } as const } }
          : { $set: { 'instruction.kind': kind }, $inc: { 'instruction.number': 1 } };
      const { matchedCount } = await answerOf(
        troubles.updateOne({ _id: idOf(subscription, position) }, change as mongo.UpdateFilter<TroubleDocument>),
      );
      return matchedCount === 1;
    },
    async instruction(subscription, position) {
      return (await answerOf(troubles.findOne({ _id: idOf(subscription, position) })))?.instruction ?? undefined;
    },
    async positions() {
      const found = await answerOf(checkpoints.find({}).toArray());
      return found.map(({ _id, position }) => ({ name: _id, position })).sort((a, b) => a.name.localeCompare(b.name));
    },
  };
}
