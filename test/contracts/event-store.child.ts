/** A process beside the test's own that uses the same storage, so that it can be killed or stalled for real. Told what to do by its arguments. */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import type { EventStore, ViewDefinition, ViewRow } from '#libs/event-sourcing';
import { SqliteEventStore } from '../../libs/event-sourcing/src/sqlite/sqlite-event-store.js';

const [mode, place = '', name = '', count = '0'] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
const timings = { pollMs: 50, leaseMs: 1500, checkpointMs: 0 };
const mongo = place.startsWith('{') ? await openMongo(JSON.parse(place)) : undefined;
const store: EventStore = mongo?.store ?? new SqliteEventStore(place, timings);

switch (mode) {
  /** Five writers, each on its own stream and all on one, until each has stored its events. */
  case 'write':
    await Promise.all([1, 2, 3, 4, 5].map((writer) => write(`${name}-${writer}`, Number(count))));
    await store.close();
    break;
  /** Three events an append; says the version of each append that was acknowledged. For ever. */
  case 'write-until-killed':
    for (let version = 0; ; version += 3) {
      const events = [1, 2, 3].map((part) => ({ type: 'PartWritten', data: { part } }));
      say(String((await store.append(name, version, events)).version));
    }
  /** Says each event's position before and after it was handled, slowly. For ever. */
  case 'react':
    store.react({
      name,
      async handle({ position }) {
        say(`begin ${position}`);
        await pause(20);
        say(`end ${position}`);
      },
    });
    break;
  /** Holds a lease for an hour, as long as it lives. */
  case 'hold':
    await store.acquireLease(name, 3_600_000);
    setInterval(() => {}, 60_000);
    say('held');
    break;
  /** Keeps the lock for writing of the file, as long as it lives. */
  case 'lock':
    keepLock(new DatabaseSync(place));
    break;
  /** Builds a view of that name again, in which nothing is; says how far it is and how it ended. Cannot get past the event of that position. */
  case 'rebuild':
    await rebuild();
    break;
  /** Appends until the disk is full; says how far it came and why it ended, then that reading still works. */
  case 'fill':
    for (let version = 0; ; version++) {
      const failure = await store.append(name, version, [{ type: 'Filled', data: { text: 'x'.repeat(10_000) } }]).catch((error) => error);
      if (!(failure instanceof Error)) continue;
      const { code } = failure as unknown as { code: string };
      say(JSON.stringify({ code, acknowledged: version, stored: (await store.read(name)).length }));
      break;
    }
    await store.close();
    break;
  default:
    throw new Error(`unknown mode ${mode}`);
}

function keepLock(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE');
  // One that nobody refers to any more is closed.
  setInterval(() => database.isOpen, 60_000);
  say('locked');
}

async function write(stream: string, events: number): Promise<void> {
  for (let version = 0; version < events; version++) {
    await store.append(stream, version, [{ type: 'LineWritten', data: { line: version + 1 } }]);
  }
}

/** Loaded only where it is used: it takes its time. */
async function openMongo(settings: object) {
  const [{ configurationSchema }, { connect }, { MongoEventStore }] = await Promise.all([
    import('#libs/common'),
    import('../../libs/event-sourcing/src/mongo/connection.js'),
    import('../../libs/event-sourcing/src/mongo/mongo-event-store.js'),
  ]);
  const { store: configuration } = configurationSchema.parse({ store: settings });
  if (configuration.kind !== 'mongo') throw new Error('not on MongoDB');
  const connection = await connect(configuration);
  return { connection, store: new MongoEventStore(connection, timings) };
}

async function rebuild(): Promise<void> {
  if (!mongo) throw new Error('not on MongoDB');
  const [{ MongoViews }, { default: mongoose }] = await Promise.all([
    import('../../libs/event-sourcing/src/mongo/mongo-views.js'),
    import('mongoose'),
  ]);
  const definition: ViewDefinition<ViewRow> = {
    name,
    schema: new mongoose.Schema<ViewRow>({ _id: String, position: Number }),
    changesOf({ position }) {
      if (position === Number(count)) throw new Error('it is stuck');
      return [];
    },
  };
  await new MongoViews(mongo.connection, store)
    .rebuild(definition, ({ position }) => say(`at ${position}`))
    .then(() => say('built'))
    .catch(({ code, detail }) => say(`${code} ${detail}`));
  await store.close();
}
