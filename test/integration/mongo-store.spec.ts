/** What only a real MongoDB can show: migrations, the module, and a server that goes away and comes back. */
import { Test } from '@nestjs/testing';
import type { Connection } from 'mongoose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { configurationSchema } from '#libs/common';
import { EventStore, EventStoreModule, handleCommand, migrateStore, type RecordedEvent, RememberedStates } from '#libs/event-sourcing';
import { migrations } from '#migrations';
import { connect } from '../../libs/event-sourcing/src/mongo/connection.js';
import { MongoEventStore } from '../../libs/event-sourcing/src/mongo/mongo-event-store.js';
import { SCHEMA_VERSION } from '../../libs/event-sourcing/src/mongo/schema-version.js';
import { door } from '../bench/events.door.js';
import { happened, numbersOf } from '../contracts/event-store.rig.js';
import { eventually } from '../support/eventually.js';
import { MongoServer, type MongoStore } from '../support/mongo.js';

let mongo: MongoServer;
const connections: Connection[] = [];
const connected = async (store: MongoStore) => {
  const connection = await connect(store);
  connections.push(connection);
  return connection;
};

beforeAll(async () => {
  mongo = await MongoServer.start();
}, 300_000);
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
});
afterAll(() => mongo.dispose());

const start = (store: MongoStore) =>
  Test.createTestingModule({ imports: [EventStoreModule.with(configurationSchema.parse({ store }))] }).compile();
const run = (store: MongoStore, list = migrations) => {
  const done: number[] = [];
  return migrateStore(configurationSchema.parse({ store }), list, ({ number }) => void done.push(number)).then(() => done);
};

describe('migrations', () => {
  it('are numbered without gaps, and the code counts on the newest', () => {
    expect(migrations.map(({ number }) => number)).toEqual(Array.from({ length: SCHEMA_VERSION }, (_, index) => index + 1));
  });

  it('are carried out once, however many run them at once', async () => {
    const store = mongo.emptyStore();
    const done = await Promise.all([1, 2, 3, 4].map(() => run(store)));
    expect(done.flat().sort()).toEqual(migrations.map(({ number }) => number));
    expect(await run(store)).toEqual([]);
  });

  it('are begun again when one failed, and none is left out', async () => {
    const store = mongo.emptyStore();
    let broken = true;
    const list = [
      ...migrations,
      {
        number: migrations.length + 1,
        name: 'breaks at first',
        up: async () => (broken ? Promise.reject(new Error('the machine was switched off')) : undefined),
      },
    ];
    await expect(run(store, list)).rejects.toThrow('switched off');
    broken = false;
    expect(await run(store, list)).toEqual([list.length]);
  });

  it('bear being carried out twice', async () => {
    const store = await mongo.store();
    const connection = await connected(store);
    await connection.collection('migrations').deleteMany({});
    expect(await run(store)).toEqual(migrations.map(({ number }) => number));
  });

  it('that are missing keep a server from starting, in one clear sentence', async () => {
    const store = mongo.emptyStore();
    await expect(start(store)).rejects.toMatchObject({ code: 'STORE_SCHEMA_OLD', detail: expect.stringContaining(store.database) });
  });

  it('of a later version keep a server from starting, and are not undone', async () => {
    const store = await mongo.store();
    const later = [...migrations, { number: migrations.length + 1, name: 'of the future', up: async () => {} }];
    await run(store, later);
    await expect(start(store)).rejects.toMatchObject({ code: 'STORE_SCHEMA_NEW' });
    await expect(run(store)).rejects.toMatchObject({ code: 'STORE_SCHEMA_NEW' });
  });
});

describe('the module', () => {
  it('opens the store, and closes the connection only after it has given back its leases', async () => {
    const store = await mongo.store();
    const application = await start(store);
    const events = application.get(EventStore, { strict: false });
    await events.append('stream-1', 0, happened(1));
    const reaction = events.react({ name: 'view', handle: async () => {} });
    await reaction.caughtUp();
    await application.close();
    await expect(events.head()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const leases = (await connected(store)).collection<{ _id: string; expiresAt: number }>('leases');
    expect(await leases.findOne({ _id: 'view' })).toMatchObject({ expiresAt: 0 });
  });

  it('says which server cannot be reached', async () => {
    const nowhere: MongoStore = { kind: 'mongo', url: 'mongodb://fry:secret@127.0.0.1:1', database: 'deskhand' };
    const refusal = await start(nowhere).catch((error) => error);
    expect(refusal).toMatchObject({ code: 'STORE_UNAVAILABLE', detail: expect.stringContaining('127.0.0.1:1') });
    expect(String(refusal.detail)).not.toContain('secret');
  });
});

it('that ends before what was read is not the same log: nothing is appended to it until it is', async () => {
  const place = await mongo.store();
  const writer = new MongoEventStore(await connected(place));
  for (const version of [0, 1, 2]) await writer.append('stream-1', version, happened(version + 1));
  await writer.close();
  const connection = await connected(place);
  const store = new MongoEventStore(connection);
  const events = connection.collection<{ _id: number }>('events');
  const lost = await events.find({ _id: { $gt: 1 } }).toArray();
  await events.deleteMany({ _id: { $gt: 1 } });
  const corrupt = { code: 'STORE_CORRUPT', detail: expect.stringContaining('ends at 1, but 3 was read') };
  await expect(store.readAll(3, 10)).rejects.toMatchObject(corrupt);
  await expect(store.append('stream-2', 0, happened(9))).rejects.toMatchObject(corrupt);
  expect(numbersOf(await store.readAll(0, 10))).toEqual([1]);
  // What readyz asks.
  await expect(store.head()).rejects.toMatchObject(corrupt);
  await expect(store.append('stream-2', 0, happened(9))).rejects.toMatchObject(corrupt);
  await events.insertMany(lost);
  expect(await store.append('stream-2', 0, happened(4))).toEqual({ version: 1, position: 4 });
  expect(numbersOf(await store.readAll(0, 10))).toEqual([1, 2, 3, 4]);
  await store.close();
});

it('takes no events from a file into a database in which a view still has rows of another log', async () => {
  const connection = await connected(await mongo.store());
  const store = new MongoEventStore(connection);
  expect(await store.restore(0, [])).toBe(0);
  await connection.collection<{ _id: string }>('logins_7').insertOne({ _id: 'a login' });
  await expect(store.restore(0, [])).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY', detail: expect.stringContaining('logins_7') });
  await store.close();
});

describe('a server that goes away', () => {
  it('makes appends and reads answer STORE_UNAVAILABLE within seconds; all goes on when it is back, and nothing is lost or doubled', async (test) => {
    if (!mongo.isOurs) test.skip('the server was given: it is not ours to stop');
    const connection = await connected(await mongo.store());
    const store = new MongoEventStore(connection, { pollMs: 50, leaseMs: 1500 });
    const seen: RecordedEvent[] = [];
    store.follow({ name: 'all', handle: (event) => void seen.push(event) });
    await store.append('stream-1', 0, happened(1));

    await mongo.stop('SIGKILL');
    const began = performance.now();
    await expect(store.append('stream-1', 1, happened(2))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.head()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(performance.now() - began).toBeLessThan(30_000);

    await mongo.start();
    const { length } = await eventually(() => store.read('stream-1'));
    await eventually(() => store.append('stream-1', length, happened(length + 1)));
    await eventually(async () => expect(seen).toEqual(await store.readAll(0, 10)));
    expect(numbersOf(seen)).toEqual(Array.from({ length: seen.length }, (_, index) => index + 1));
    await store.close();
  }, 120_000);

  it('that comes back without what it had not yet on its disk has states of it forgotten that were remembered', async (test) => {
    if (!mongo.isOurs) test.skip('the server was given: it is not ours to stop');
    const place = await mongo.store();
    const store = new MongoEventStore(await connected(place));
    const remembered = new RememberedStates<{ openings: number }>(store, 10);
    const open = () => handleCommand(store, door, 'door', { by: 'fry' }, {}, { remembered, retries: 2 });
    for (const version of [1, 2]) expect((await open()).version).toBe(version);
    await mongo.stop('SIGKILL');
    await expect(store.head()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await mongo.start();
    await (await connected(place)).collection('events').deleteOne({ stream: 'door', versions: 2 });
    expect(await eventually(open)).toMatchObject({ version: 2, state: { openings: 2 } });
    await store.close();
  }, 60_000);

  it('leaves an append that was under way either stored or not, and its writer finds out', async (test) => {
    if (!mongo.isOurs) test.skip('the server was given: it is not ours to stop');
    const connection = await connected(await mongo.store());
    const store = new MongoEventStore(connection);
    await store.append('stream-1', 0, happened(1));
    // It stands still with the append in its hands, longer than a socket may be silent.
    process.kill(mongo.pid, 'SIGSTOP');
    const appending = store.append('stream-1', 1, happened(2));
    setTimeout(() => process.kill(mongo.pid, 'SIGCONT'), 7_000);
    expect(await appending).toEqual({ version: 2, position: 2 });
    expect(numbersOf(await store.read('stream-1'))).toEqual([1, 2]);
    await store.close();
  }, 60_000);
});
