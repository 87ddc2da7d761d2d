/** What events and views cost on MongoDB, beside bare calls to the same server, taking turns in one run. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from 'mongoose';
import { type EventStore, loadState } from '#libs/event-sourcing';
import { sessionStream } from '#libs/identity';
import { connect } from '../../libs/event-sourcing/src/mongo/connection.js';
import { MongoEventStore } from '../../libs/event-sourcing/src/mongo/mongo-event-store.js';
import { MongoViews } from '../../libs/event-sourcing/src/mongo/mongo-views.js';
import { loginsView } from '../../libs/identity/src/mongo/logins.view.js';
import { MongoLogins } from '../../libs/identity/src/mongo/mongo-logins.js';
import { MongoServer } from '../support/mongo.js';
import { type Bench, median, quantile, type Result } from './bench.js';
import { door, opened } from './events.door.js';

const ROUNDS = 10;
const APPENDS = 60;
const WRITERS = 16;
const FOLDED = 10_000;
const FOLDS = 10;
const PAGES = 150;
const PER_USER = 100;
const FEW_LOGINS = 1_000;
const MANY_LOGINS = 1_000_000;
const FILL_AT_ONCE = 1_000;
const EVENTS_PER_SECOND = 200;
const LAG_FOR_MS = 15_000;
const NEWS = 50;
/** Longer than a poll, and no multiple of one. */
const NEWS_EVERY_MS = 237;

export const benchMongoEvents: Bench = async ({ entries = String(MANY_LOGINS) }) => {
  const server = await MongoServer.start();
  try {
    return [
      ...(await benchAppends(await open(server))),
      ...(await benchFolding(await open(server), await open(server))),
      ...(await benchLag(server)),
      await benchNews(),
      await benchPages(await open(server), await open(server), Number(entries)),
    ];
  } finally {
    await server.dispose();
  }
};

interface Opened {
  readonly connection: Connection;
  readonly store: MongoEventStore;
}

async function open(server: MongoServer, configuration?: Awaited<ReturnType<MongoServer['store']>>): Promise<Opened> {
  const connection = await connect(configuration ?? (await server.store()));
  return { connection, store: new MongoEventStore(connection) };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** The floor: the same bytes into a collection without an index of its own, under the same write concern. */
async function benchAppends({ connection, store }: Opened): Promise<Result[]> {
  const bare = connection.collection('bare');
  const document = () => ({
    stream: 'door',
    recordedAt: new Date(),
    metadata: '{}',
    events: [{ type: 'DoorOpened', data: JSON.stringify(opened('fry').data) }],
  });
  const [one, oneBare, many, manyBare]: number[][] = [[], [], [], []] as never;
  await bare.insertOne(document());
  for (let round = 0; round < ROUNDS; round++) {
    for (let version = 0; version < APPENDS; version++) {
      one?.push(await timed(() => store.append(`door-${round}`, version, [opened('fry')])));
      oneBare?.push(await timed(() => bare.insertOne(document())));
    }
    const together = (work: (writer: number) => Promise<unknown>) =>
      timed(() => Promise.all(Array.from({ length: WRITERS }, (_, writer) => work(writer))));
    for (let version = 0; version < 10; version++) {
      many?.push(await together((writer) => store.append(`doors-${round}-${writer}`, version, [opened('fry')])));
      manyBare?.push(await together(() => bare.insertOne(document())));
    }
  }
  await store.close();
  const [ours, floor] = [median(one ?? []), median(oneBare ?? [])];
  return [
    { metric: 'mongo: one append, median', unit: 'ms', ours, floor, aim: '<= 2.5 x floor', met: ours <= 2.5 * floor },
    {
      metric: `mongo: ${WRITERS} appends at once, until the last is stored`,
      unit: 'ms',
      ours: median(many ?? []),
      floor: median(manyBare ?? []),
    },
  ];
}

/** The floor: the documents of the stream, read by hand, with nothing made of them. */
async function benchFolding({ connection, store }: Opened, unused: Opened): Promise<Result[]> {
  await unused.store.close();
  for (let version = 0; version < FOLDED; version += 100)
    await store.append(
      'door',
      version,
      Array.from({ length: 100 }, (_, index) => opened(String(index))),
    );
  const [warm, cold, floor]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < FOLDS; round++) {
    warm.push(await timed(() => loadState(store, door, 'door')));
    cold.push(await timed(() => loadState(new MongoEventStore(connection), door, 'door')));
    floor.push(await timed(() => connection.collection('events').find({ stream: 'door' }).toArray()));
  }
  await store.close();
  const ours = median(warm);
  return [
    { metric: `mongo: a stream of ${FOLDED} events folded, read before by this process`, unit: 'ms', ours, aim: '<= 50', met: ours <= 50 },
    { metric: `mongo: a stream of ${FOLDED} events folded, read for the first time`, unit: 'ms', ours: median(cold), floor: median(floor) },
  ];
}

/** From the acknowledgement of an append until its row is there, in a view that another store feeds. */
async function benchLag(server: MongoServer): Promise<Result[]> {
  const configuration = await server.store();
  const [writer, feeder] = [await open(server, configuration), await open(server, configuration)];
  const stored = new Map<number, number>();
  const applied = new Map<number, number>();
  const view = new MongoViews(feeder.connection, noting(feeder.store, applied)).open(loginsView);
  await view.ask(async () => {});
  const began = performance.now();
  const appends: Promise<unknown>[] = [];
  while (performance.now() - began < LAG_FOR_MS) {
    const due = Math.floor(((performance.now() - began) / 1000) * EVENTS_PER_SECOND);
    while (appends.length < due) {
      const append = writer.store.append(sessionStream(crypto.randomUUID()), 0, [started(appends.length % 50)]);
      appends.push(append.then(({ position }) => stored.set(position, performance.now())));
    }
    await pause(5);
  }
  await Promise.all(appends);
  const head = await feeder.store.head();
  while ((applied.get(head) ?? 0) === 0) await pause(10);
  await view.stop();
  await Promise.all([writer.store.close(), feeder.store.close()]);
  const lags = [...stored].map(([position, at]) => Math.max(0, (applied.get(position) ?? Number.NaN) - at));
  const p99 = quantile(lags, 0.99);
  const rate = lags.length / (LAG_FOR_MS / 1000);
  return [
    { metric: `mongo: lag of a view at ${Math.round(rate)} events/s, median`, unit: 'ms', ours: median(lags) },
    { metric: `mongo: lag of a view at ${Math.round(rate)} events/s, p99`, unit: 'ms', ours: p99, aim: '<= 500', met: p99 <= 500 },
  ];
}

/** From the acknowledgement of an append until another process has it: on a replica set it is told, elsewhere (the floor) it polls. */
async function benchNews(): Promise<Result> {
  const [told, polled] = [await newsFrom(true), await newsFrom(false)].map(median);
  return {
    metric: 'mongo: until another process has an event, replica set; floor: stand-alone',
    unit: 'ms',
    ours: told ?? 0,
    floor: polled ?? 0,
  };
}

async function newsFrom(replicaSet: boolean): Promise<readonly number[]> {
  const server = await MongoServer.start({ replicaSet });
  try {
    const configuration = await server.store();
    const [here, there] = [await open(server, configuration), await open(server, configuration)];
    const heard = new Map<number, number>();
    const view = there.store.follow({ name: 'news', handle: ({ position }) => void heard.set(position, performance.now()) });
    await view.caughtUp();
    const stored: [number, number][] = [];
    for (let count = 0; count < NEWS; count++) {
      const { position } = await here.store.append('news', count, [opened('fry')]);
      stored.push([position, performance.now()]);
      await pause(NEWS_EVERY_MS);
    }
    await view.caughtUp();
    await Promise.all([here.store.close(), there.store.close()]);
    return stored.map(([position, at]) => Math.max(0, (heard.get(position) ?? Number.NaN) - at));
  } finally {
    await server.dispose();
  }
}

/** A store that notes when what reacts to its events was through with each. */
function noting(store: MongoEventStore, applied: Map<number, number>): EventStore {
  const note = (position: number) => void applied.set(position, performance.now());
  return new Proxy<EventStore>(store, {
    get(target, key) {
      if (key !== 'react') {
        const value = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return (options: Parameters<EventStore['react']>[0]) =>
        target.react({
          ...options,
          handle: async (event) => {
            await options.handle(event);
            note(event.position);
          },
          handleAll: async (events) => {
            await options.handleAll?.(events);
            for (const { position } of events) note(position);
          },
        });
    },
  });
}

/** A page of one of few logins' users, and of one of many's, in turns. */
async function benchPages(few: Opened, many: Opened, entries: number): Promise<Result> {
  await fillLogins(few.connection, FEW_LOGINS);
  await fillLogins(many.connection, entries);
  const [small, large] = [few, many].map(({ connection, store }) => new MongoLogins(new MongoViews(connection, store)));
  const [ours, floor]: [number[], number[]] = [[], []];
  const page = (logins: MongoLogins | undefined, users: number) =>
    logins?.of(user(Math.floor(Math.random() * users)), 51) ?? Promise.reject(new Error('closed'));
  for (let read = 0; read < PAGES; read++) {
    const first = async () => floor.push(await timed(() => page(small, FEW_LOGINS / PER_USER)));
    const second = async () => ours.push(await timed(() => page(large, entries / PER_USER)));
    for (const step of read % 2 ? [first, second] : [second, first]) await step();
  }
  for (const logins of [small, large]) await logins?.onModuleDestroy();
  await Promise.all([few.store.close(), many.store.close()]);
  const [cost, least] = [median(ours), median(floor)];
  return {
    metric: `mongo: a page of ${entries} logins; floor: of ${FEW_LOGINS}`,
    unit: 'ms',
    ours: cost,
    floor: least,
    aim: '<= 1.3 x floor',
    met: cost <= 1.3 * least,
  };
}

const user = (number: number) => ({ provider: 'planet-express', subject: `user-${number}` });

const started = (number: number) => ({
  type: 'SessionStarted',
  data: {
    identity: user(number),
    name: 'Somebody',
    roles: [],
    labels: [],
    address: '192.0.2.1',
    userAgent: 'Browser',
    refreshHash: '',
    startedAt: new Date().toISOString(),
    expiresAt: new Date().toISOString(),
    idleSeconds: 600,
  },
});

/** Logins of a user are far apart, as they are in life. */
async function fillLogins(connection: Connection, entries: number): Promise<void> {
  const users = Math.max(1, entries / PER_USER);
  const rows = connection.collection<{ _id: string }>('logins_1');
  for (let filled = 0; filled < entries; ) {
    const batch = Array.from({ length: Math.min(FILL_AT_ONCE, entries - filled) }, (_, index) => {
      const position = filled + index + 1;
      const { provider, subject } = user(position % users);
      const row = { user: `${provider} ${subject}`, position, loginPosition: position, at: new Date().toISOString(), provider };
      return { _id: crypto.randomUUID(), ...row, address: '192.0.2.1', userAgent: 'Browser' };
    });
    await rows.insertMany(batch, { ordered: false });
    filled += batch.length;
  }
}
