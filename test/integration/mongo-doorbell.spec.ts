/** On a replica set, subscriptions hear of what other processes append at once. The poll of these is so long that nothing else could have told them. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { connect } from '../../libs/event-sourcing/src/mongo/connection.js';
import { MongoEventStore } from '../../libs/event-sourcing/src/mongo/mongo-event-store.js';
import { happened, numbersOf } from '../contracts/event-store.rig.js';
import { eventually } from '../support/eventually.js';
import { MongoServer, type MongoStore } from '../support/mongo.js';

const NEVER_MS = 3_600_000;

let mongo: MongoServer;
let isReplicaSet: boolean;
const stores: MongoEventStore[] = [];

async function replica(configuration: MongoStore): Promise<MongoEventStore> {
  const connection = await connect(configuration);
  const { setName } = await connection.getClient().db('admin').command({ hello: 1 });
  isReplicaSet = setName !== undefined;
  const store = new MongoEventStore(connection, { pollMs: NEVER_MS });
  stores.push(store);
  return store;
}

beforeAll(async () => {
  mongo = await MongoServer.start({ replicaSet: true });
}, 300_000);
afterEach(() => Promise.all(stores.splice(0).map((store) => store.close())));
afterAll(() => mongo.dispose());

it('hears of appends of another process, also after the server was away', async (test) => {
  const configuration = await mongo.store();
  const [here, there] = [await replica(configuration), await replica(configuration)];
  if (!isReplicaSet) test.skip('the server is no replica set');
  const seen: Parameters<typeof numbersOf>[0][number][] = [];
  there.follow({ name: 'view', handle: (event) => void seen.push(event) });
  await here.append('stream-1', 0, happened(1));
  await eventually(() => expect(numbersOf(seen)).toEqual([1]));
  for (const version of [1, 2, 3]) {
    await here.append('stream-1', version, happened(version + 1));
    await eventually(() => expect(numbersOf(seen)).toHaveLength(version + 1), 5_000);
  }
  if (!mongo.isOurs) return;
  await mongo.stop('SIGKILL');
  await mongo.start();
  await eventually(() => here.append('stream-2', 0, happened(5)));
  await eventually(() => expect(numbersOf(seen)).toEqual([1, 2, 3, 4, 5]));
}, 90_000);
