/** Holds a login's files in MongoDB to their contract. */
import type { Connection } from 'mongoose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../libs/event-sourcing/src/mongo/connection.js';
import { MongoDatabase } from '../../libs/event-sourcing/src/mongo/mongo-database.js';
import { MongoTexts } from '../../libs/identity/src/mongo/mongo-texts.js';
import { eventually } from '../support/eventually.js';
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
  const texts = (of = connection) => new MongoTexts(new MongoDatabase(of));
  keptFilesContract(() => ({
    texts: texts(),
    found: async () => new Map((await rows().find().toArray()).map(({ _id, sealed }) => [_id, sealed])),
  }));

  it('are there for replicas on other machines', async () => {
    await texts().put('a', 'sealed', new Date(Date.now() + 100_000));
    const other = await connect(store);
    expect(await texts(other).get('a')).toBe('sealed');
    await other.close();
  });

  it('are swept however many there are', async () => {
    const [until, since] = [new Date(Date.now() + 100_000), new Date(0)];
    const many = Array.from({ length: 250 }, (_, index) => ({ _id: String(index).padStart(4, '0'), sealed: 'sealed', since, until }));
    await connection.collection<(typeof many)[number]>('login_files').insertMany(many);
    await texts().put('0070', 'sealed anew', until);
    await texts().sweep(new Set(['0099', '0100', '0249']), Date.now() - 60_000);
    expect((await rows().find().toArray()).map(({ _id }) => _id).sort()).toStrictEqual(['0070', '0099', '0100', '0249']);
  });

  it('are removed by MongoDB when their time is over: the index counts from a Date', async () => {
    const indexes = await rows().listIndexes().toArray();
    expect(indexes).toContainEqual(expect.objectContaining({ name: 'until', key: { until: 1 }, expireAfterSeconds: 0 }));
    const until = new Date('2026-11-29T12:00:00.000Z');
    await texts().put('a', 'sealed', until);
    await texts().put('a', 'sealed anew', until);
    expect(await rows().find().toArray()).toStrictEqual([{ _id: 'a', sealed: 'sealed anew', since: expect.any(Date), until }]);
  });

  it('go by themselves within the two minutes that MongoDB takes to look, and those whose time is not over stay', async () => {
    await texts().put('over', 'sealed', new Date(Date.now() - 1));
    await texts().put('stays', 'sealed', new Date(Date.now() + 600_000));
    await eventually(async () => expect(await texts().get('over')).toBeUndefined(), 130_000);
    expect(await texts().get('stays')).toBe('sealed');
  }, 150_000);

  it('cannot be asked for while MongoDB is away, which is told as of events', async (test) => {
    if (!mongo.isOurs) test.skip('the server was given: it is not ours to stop');
    await texts().put('a', 'sealed', new Date(Date.now() + 100_000));
    await mongo.stop('SIGKILL');
    const away = { code: 'STORE_UNAVAILABLE', extras: { retryAfter: 1 } };
    await Promise.all([
      expect(texts().put('a', 'sealed', new Date())).rejects.toMatchObject(away),
      expect(texts().get('a')).rejects.toMatchObject(away),
      expect(texts().remove('a')).rejects.toMatchObject(away),
      expect(texts().sweep(new Set(), Date.now())).rejects.toMatchObject(away),
    ]);
    await mongo.start();
    expect(await eventually(() => texts().get('a'))).toBe('sealed');
  }, 60_000);
});
