/** Holds the MongoDB store to the contract of event stores. */
import { afterAll, beforeAll } from 'vitest';
import { connect } from '../../libs/event-sourcing/src/mongo/connection.js';
import { MongoEventStore } from '../../libs/event-sourcing/src/mongo/mongo-event-store.js';
import { MongoServer } from '../support/mongo.js';
import { eventStoreContract } from './event-store.contract.js';

const timings = { pollMs: 50, leaseMs: 1500, checkpointMs: 50 };
let mongo: MongoServer;
beforeAll(async () => {
  mongo = await MongoServer.start();
}, 300_000);
afterAll(() => mongo.dispose());

eventStoreContract('mongo', async () => {
  const configuration = await mongo.store();
  const connections = await Promise.all([1, 2].map(() => connect(configuration)));
  const [store, other] = connections.map((connection) => new MongoEventStore(connection, timings)) as [MongoEventStore, MongoEventStore];
  return { store, other, dispose: async () => void (await Promise.all([store.close(), other.close()])) };
});
