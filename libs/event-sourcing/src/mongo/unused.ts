/** Whether a database without events is a new one: what was made of another log would pass over what is put back. */
import type { mongo } from 'mongoose';
import { storeInUse } from '../stored-event.js';
import { answerOf } from './mongo-errors.js';
import { SERVER_TIME } from './mongo-leases.js';

/** A view's generations, such as `logins_1`. */
const VIEW = /_\d+$/;

/** @throws DeskhandError `STORE_NOT_EMPTY`, naming a subscription that has read, a view that has rows, or a lease that somebody holds */
export async function mustBeUnused(database: mongo.Db): Promise<void> {
  const named = <Row extends { _id: string }>(collection: string, filter: mongo.Filter<Row>) =>
    answerOf(database.collection<Row>(collection).findOne(filter));
  const checkpoint = await named<{ _id: string; position: number }>('checkpoints', { position: { $gt: 0 } });
  if (checkpoint) throw storeInUse(`the checkpoint ${checkpoint._id}`);
  const lease = await named('leases', { $expr: { $gt: ['$expiresAt', SERVER_TIME] } });
  if (lease) throw storeInUse(`the lease ${lease._id}`);
  const collections = await answerOf(database.listCollections({}, { nameOnly: true }).toArray());
  for (const { name } of collections) if (VIEW.test(name) && (await named(name, {}))) throw storeInUse(`rows in the view ${name}`);
}
