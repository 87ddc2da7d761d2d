/** Operators' commands on real stores, beside servers that use them. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type Configuration, configurationSchema } from '#libs/common';
import { type EventStore, openStore, type RecordedEvent } from '#libs/event-sourcing';
import { commands } from '../../apps/operator/src/commands.js';
import { happened, numbersOf } from '../contracts/event-store.rig.js';
import { eventually } from '../support/eventually.js';
import { MongoServer } from '../support/mongo.js';

let mongo: MongoServer;
let folder: string;
let said: string;
const stores: EventStore[] = [];

beforeAll(async () => {
  mongo = await MongoServer.start();
}, 300_000);
afterAll(() => mongo.dispose());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskhand-operator-'));
  said = '';
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      said += text;
      return true;
    });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(stores.splice(0).map((store) => store.close()));
  rmSync(folder, { recursive: true });
});

const onSqlite = (name: string): Configuration => configurationSchema.parse({ data: join(folder, name) });
const onMongo = async (): Promise<Configuration> => configurationSchema.parse({ data: folder, store: await mongo.store() });
const opened = async (configuration: Configuration) => {
  const store = await openStore(configuration);
  stores.push(store);
  return store;
};
const run = (command: string, configuration: Configuration, ...args: readonly string[]) => commands[command]?.(configuration, args);

it('moves the events of an installation from SQLite to MongoDB and back, and nothing is changed', async () => {
  const [here, there, back] = [onSqlite('here'), await onMongo(), onSqlite('back')];
  await (await opened(here)).append('stream-1', 0, happened(1, 2, 3), { actor: 'fry' });
  const [first, second] = [join(folder, 'first.jsonl'), join(folder, 'second.jsonl')];
  expect(await run('events', here, 'export', first)).toBe(0);
  expect(statSync(first).mode & 0o777).toBe(0o600);
  expect(await run('events', there, 'import', first)).toBe(0);
  expect(await run('events', there, 'export', second)).toBe(0);
  expect(await run('events', back, 'import', second)).toBe(0);
  expect(readFileSync(second, 'utf8')).toBe(readFileSync(first, 'utf8'));
  expect(said.match(/(Ex|Im)ported 3 events\.\n/g)).toHaveLength(4);
  expect(said).toContain('end every desktop that still runs');
  expect(numbersOf(await (await opened(back)).read('stream-1'))).toEqual([1, 2, 3]);
});

it('imports nothing of a file that was cut off, and nothing into a store that has events', async () => {
  const [here, there] = [onSqlite('here'), await onMongo()];
  await (await opened(here)).append('stream-1', 0, happened(1, 2));
  const file = join(folder, 'events.jsonl');
  await run('events', here, 'export', file);
  await expect(run('events', here, 'import', file)).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' });
  writeFileSync(file, readFileSync(file, 'utf8').trimEnd().split('\n').slice(0, -1).join('\n'));
  await expect(run('events', there, 'import', file)).rejects.toMatchObject({ code: 'EVENT_FILE_INVALID' });
  expect(await (await opened(there)).head()).toBe(0);
  await expect(run('events', here, 'export', file)).rejects.toMatchObject({ code: 'EEXIST' });
});

it.each(['sqlite', 'mongo'])('shows which event a subscription of a server stands still at, on %s, and has it left out', async (kind) => {
  const configuration = kind === 'mongo' ? await onMongo() : onSqlite('here');
  const store = await opened(configuration);
  const seen: RecordedEvent[] = [];
  await store.append('stream-1', 0, happened(1, 2, 3));
  const reaction = store.react({
    name: 'logins',
    async handle(event) {
      if (event.position === 2) throw new Error('a bug');
      seen.push(event);
    },
  });
  await eventually(async () => expect(await store.supervision.troubles()).toHaveLength(1));
  expect(await run('projections', configuration, 'list')).toBe(0);
  expect(said).toContain('logins: stands still since');
  expect(said).toContain('at event 2, ThingHappened of stream-1: Error: a bug');
  expect(await run('projections', configuration, 'skip', 'logins', '3')).toBe(1);
  expect(await run('projections', configuration, 'retry', 'logins', '2')).toBe(0);
  expect(await run('projections', configuration, 'skip', 'logins', '2')).toBe(0);
  await reaction.caughtUp();
  expect(numbersOf(seen)).toEqual([1, 3]);
});

it.each([['events'], ['events', 'export'], ['events', 'remove', 'x'], ['projections'], ['projections', 'skip', 'logins', 'all']])(
  'says how it is used when it is called as %s %s %s %s',
  async (command, ...args) => {
    expect(await run(command, onSqlite('here'), ...args)).toBe(2);
    expect(said).toContain(`usage: npm run ${command} -- `);
  },
);
