/** Holds a login's files in MongoDB to their contract. */
import type { Connection } from 'mongoose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../libs/event-sourcing/src/mongo/connection.js';
import { MongoTexts } from '../../libs/identity/src/mongo/mongo-texts.js';
import { MongoServer, type MongoStore } from '../support/mongo.js';
import { keptFilesContract } from './kept-files.contract.js';

describe('the files of a login in MongoDB', () => {
  let mongo: MongoServer;
  let store: MongoStore;
  let connection: Connection;
  beforeAll(async () => {
    mongo = await MongoServer.start();
  }, 300_000);
  afterAll(() => mongo.dispose());
  beforeEach(async () => {
    store = await mongo.store();
    connection = await connect(store);
  });
  afterEach(() => connection.close());

  const rows = () => connection.collection<{ _id: string; sealed: string }>('login_files');
  keptFilesContract(() => ({
    texts: new MongoTexts(connection),
    found: async () => new Map((await rows().find().toArray()).map(({ _id, sealed }) => [_id, sealed])),
  }));

  it('are there for replicas on other machines', async () => {
    await new MongoTexts(connection).put('a', 'sealed', new Date(Date.now() + 100_000));
    const other = await connect(store);
    expect(await new MongoTexts(other).get('a')).toBe('sealed');
    await other.close();
  });

  it('are removed by MongoDB when their time is over', async () => {
    const indexes = await rows().listIndexes().toArray();
    expect(indexes).toContainEqual(expect.objectContaining({ name: 'until', key: { until: 1 }, expireAfterSeconds: 0 }));
  });
});
