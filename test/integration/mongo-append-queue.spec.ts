/** Appends that others keep out, on a real MongoDB: each ends with an answer, and who comes after them is served. */
import { randomUUID } from 'node:crypto';
import type { Connection } from 'mongoose';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  type AppendCollection,
  type AppendDocument,
  appendsOf,
  type PendingAppend,
  toDocument,
} from '../../libs/event-sourcing/src/mongo/append-document.js';
import { AppendQueue } from '../../libs/event-sourcing/src/mongo/append-queue.js';
import { connect } from '../../libs/event-sourcing/src/mongo/connection.js';
import { LogEnd } from '../../libs/event-sourcing/src/mongo/log-end.js';
import { StreamReader } from '../../libs/event-sourcing/src/mongo/stream-reader.js';
import { MongoServer } from '../support/mongo.js';

const TRY_FOR_MS = 300;
let mongo: MongoServer;
let connection: Connection;
let appends: AppendCollection;
beforeAll(async () => {
  mongo = await MongoServer.start();
}, 300_000);
afterAll(() => mongo.dispose());
beforeEach(async () => {
  connection = await connect(await mongo.store());
  appends = appendsOf(connection.getClient().db(connection.name));
});
afterEach(() => connection.close());

const queueOn = (collection: AppendCollection) =>
  new AppendQueue(collection, new LogEnd(collection), new StreamReader(collection), TRY_FOR_MS);
const append = (stream: string, metadata = '{}'): PendingAppend => ({
  ...{ writer: randomUUID(), stream, metadata, expectedVersion: 0 },
  events: [{ type: 'Happened', data: '{}', metadata }],
});
/** The collection to a process that is always a moment too late: somebody else has just taken the position that it inserts at. */
function outrun(isOutrun: () => boolean): AppendCollection {
  const rival = ({ _id }: AppendDocument) => toDocument(append(`rival-${_id}`), _id);
  const insertMany: AppendCollection['insertMany'] = async (documents, options) => {
    if (isOutrun()) await appends.insertOne(rival(documents[0] as AppendDocument));
    return appends.insertMany(documents, options);
  };
  return Object.assign(Object.create(appends) as AppendCollection, { insertMany });
}
const unavailable = { code: 'STORE_UNAVAILABLE', extras: { retryAfter: 1 }, detail: expect.stringContaining('at every try') };

it('an append that others are always faster than is given up in its time, is not stored, and gets in when they are not', async () => {
  let isOutrun = true;
  const queue = queueOn(outrun(() => isOutrun));
  const began = performance.now();
  await expect(queue.submit(append('late'))).rejects.toMatchObject(unavailable);
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(await appends.countDocuments({})).toBeGreaterThan(1);
  expect(await appends.countDocuments({ stream: 'late' })).toBe(0);
  isOutrun = false;
  expect(await queue.submit(append('late'))).toMatchObject({ stream: 'late', versions: [1] });
});

it('an append that is kept out by neither its position nor its version is given up, and the next one gets in', async () => {
  await appends.createIndex({ metadata: 1 }, { unique: true });
  const queue = queueOn(appends);
  await queue.submit(append('first', '{"actor":"fry"}'));
  const [kept, other] = await Promise.allSettled([queue.submit(append('second', '{"actor":"fry"}')), queue.submit(append('third'))]);
  expect(kept).toMatchObject({ status: 'rejected', reason: unavailable });
  // It waited for its turn behind the other one.
  expect(other).toMatchObject({ status: 'rejected', reason: unavailable });
  expect(await queue.submit(append('third'))).toMatchObject({ _id: 2, stream: 'third' });
});
