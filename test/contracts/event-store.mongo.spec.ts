/** Holds the MongoDB store to the contract of event stores. */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { connect } from '../../libs/event-sourcing/src/mongo/connection.js';
import { MongoEventStore } from '../../libs/event-sourcing/src/mongo/mongo-event-store.js';
import { MongoServer, type MongoStore } from '../support/mongo.js';
import { buildChild, Child } from '../support/store-child.js';
import { eventStoreContract } from './event-store.contract.js';
import { processContract } from './event-store.processes.contract.js';

const timings = { pollMs: 50, leaseMs: 1500, checkpointMs: 50 };
let mongo: MongoServer;
beforeAll(async () => {
  mongo = await MongoServer.start();
}, 300_000);
afterAll(() => mongo.dispose());

eventStoreContract('mongo', async (others) => {
  const configuration = await mongo.store();
  const connections = await Promise.all([1, 2].map(() => connect(configuration)));
  const [store, other] = connections.map((connection) => new MongoEventStore(connection, { ...timings, ...others })) as [
    MongoEventStore,
    MongoEventStore,
  ];
  return { store, other, dispose: async () => void (await Promise.all([store.close(), other.close()])) };
});

describe('the mongo event store and other processes', () => {
  let program: string;
  let configuration: MongoStore;
  let store: MongoEventStore;
  let children: Child[];
  beforeAll(async () => {
    program = await buildChild();
  });
  afterAll(() => rmSync(dirname(program), { recursive: true }));
  beforeEach(async () => {
    children = [];
    configuration = await mongo.store();
    store = new MongoEventStore(await connect(configuration), timings);
  });
  afterEach(async () => {
    await Promise.all(children.map((child) => child.kill()));
    await store.close();
  });

  processContract(() => ({
    store,
    start(mode, ...rest) {
      const child = new Child(process.execPath, program, mode, JSON.stringify(configuration), ...rest);
      children.push(child);
      return child;
    },
  }));
});
