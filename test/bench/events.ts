/** How fast events are stored and folded, per adapter, beside a floor that does the same with nothing of ours around it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type EventStore, handleCommand, loadState } from '#libs/event-sourcing';
import { MemoryEventStore } from '../../libs/event-sourcing/src/memory/memory-event-store.js';
import { SqliteEventStore } from '../../libs/event-sourcing/src/sqlite/sqlite-event-store.js';
import { type Bench, median, type Result } from './bench.js';
import { door, type Opened, opened } from './events.door.js';
import { type Floor, memoryFloor, sqliteFloor } from './events.floor.js';

const ROUNDS = 5;
const WRITERS = 16;
const WRITING_MS = 1000;
const EVENTS = 100_000;
const EVENTS_PER_STREAM = 100;

interface Measured {
  /** Units per second. */
  readonly rate: number;
  /** Microseconds of CPU per unit. */
  readonly cpu: number;
}

async function measure(work: () => Promise<number> | number): Promise<Measured> {
  const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()];
  const units = await work();
  const [ms, cpu] = [performance.now() - startedAt, process.cpuUsage(cpuBefore)];
  return { rate: (units / ms) * 1000, cpu: (cpu.user + cpu.system) / units };
}

/** Sixteen writers, each on a stream of its own, each waiting for its acknowledgement before it goes on. */
async function write(each: (stream: string, version: number) => Promise<unknown>): Promise<number> {
  const until = performance.now() + WRITING_MS;
  const run = crypto.randomUUID();
  const counts = Array.from({ length: WRITERS }, async (_, writer) => {
    let version = 0;
    for (; performance.now() < until; version++) await each(`${run}-${writer}`, version);
    return version;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

async function fill(store: EventStore): Promise<void> {
  const events = Array.from({ length: EVENTS_PER_STREAM }, (_, index) => opened(String(index)));
  for (let stream = 0; stream < EVENTS / EVENTS_PER_STREAM; stream++) await store.append(`door-${stream}`, 0, events);
}

async function replay(store: EventStore): Promise<number> {
  let folded = 0;
  for (let stream = 0; stream < EVENTS / EVENTS_PER_STREAM; stream++)
    folded += (await loadState(store, door, `door-${stream}`)).state.openings;
  return folded;
}

/** What a server does when it starts: builds a view of all events. */
async function follow(store: EventStore): Promise<number> {
  let state = door.initialState;
  const view = store.follow({
    name: 'doors',
    handle(event) {
      state = door.evolve(state, event as unknown as Opened);
    },
  });
  await view.caughtUp();
  await view.stop();
  return state.openings;
}

interface Adapter {
  readonly name: string;
  /** Opens a store to write to. */
  writable(): EventStore;
  /** Opens the store of 100,000 events. */
  filled(): EventStore;
  close(store: EventStore): Promise<void>;
  readonly floor: Floor;
}

const steps = ['append', 'appendFloor', 'command', 'replay', 'start', 'readFloor'] as const;
type Step = (typeof steps)[number];

async function measureRound({ writable, filled, close, floor }: Adapter): Promise<Record<Step, Measured>> {
  const written = writable();
  const append = await measure(() => write((stream, version) => written.append(stream, version, [opened('fry')])));
  const appendFloor = await measure(() => floor.append(WRITING_MS, WRITERS, opened('fry')));
  // Each on a new stream: what is measured is the way of a command, not the length of a stream.
  const command = await measure(() => write((stream, version) => handleCommand(written, door, `${stream}-${version}`, { by: 'fry' })));
  await close(written);
  let read = filled();
  const replayed = await measure(() => replay(read));
  await close(read);
  const start = await measure(async () => {
    read = filled();
    return follow(read);
  });
  await close(read);
  return { append, appendFloor, command, replay: replayed, start, readFloor: await measure(() => floor.read()) };
}

async function benchAdapter(adapter: Adapter): Promise<Result[]> {
  const rounds: Record<Step, Measured>[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measureRound(adapter));
  const rate = (step: Step) => median(rounds.map((round) => round[step].rate));
  const cpu = (step: Step) => median(rounds.map((round) => round[step].cpu));
  const seconds = (step: Step) => EVENTS / rate(step);
  const result = (metric: string, unit: string, ours: number, floor: number) => ({
    metric: `${adapter.name}: ${metric}`,
    unit,
    ours,
    floor,
  });
  const atLeast = (aim: number, of: Result): Result => ({ ...of, aim: `>= ${aim}`, met: of.ours >= aim });
  const atMost = (aim: number, of: Result): Result => ({ ...of, aim: `<= ${aim}`, met: of.ours <= aim });
  return [
    atLeast(3000, result('appends, 16 writers', '1/s', rate('append'), rate('appendFloor'))),
    result('CPU per append', 'us', cpu('append'), cpu('appendFloor')),
    result('commands, 16 at a time', '1/s', rate('command'), rate('appendFloor')),
    result('CPU per command', 'us', cpu('command'), cpu('appendFloor')),
    atLeast(50_000, result('events read and folded', '1/s', rate('replay'), rate('readFloor'))),
    result('CPU per event folded', 'us', cpu('replay'), cpu('readFloor')),
    atMost(3, result('start with 100,000 events', 's', seconds('start'), seconds('readFloor'))),
  ];
}

async function benchSqlite(folder: string): Promise<Result[]> {
  const open = (name: string) => new SqliteEventStore(join(folder, name));
  const close = (store: EventStore) => store.close();
  const store = open('filled.sqlite');
  await fill(store);
  await store.close();
  const floor = sqliteFloor(join(folder, 'floor.sqlite'), join(folder, 'filled.sqlite'));
  const results = await benchAdapter({
    ...{ name: 'sqlite', close, floor },
    writable: () => open('written.sqlite'),
    filled: () => open('filled.sqlite'),
  });
  floor.close();
  return results;
}

async function benchMemory(): Promise<Result[]> {
  const store = new MemoryEventStore();
  await fill(store);
  const adapter = {
    name: 'memory',
    writable: () => new MemoryEventStore(),
    filled: () => store,
    floor: memoryFloor(EVENTS, opened('fry')),
  };
  return benchAdapter({ ...adapter, close: async () => {} });
}

async function benchEmbedded(): Promise<readonly Result[]> {
  // Beside the project and not in the machine's folder for temporary files, which may be no disk at all.
  mkdirSync('.data', { recursive: true });
  const folder = mkdtempSync(join('.data', 'bench-'));
  try {
    return [...(await benchSqlite(folder)), ...(await benchMemory())];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The embedded stores; `--store mongo`: MongoDB. */
export const benchEvents: Bench = async (options) => {
  if (options.store === 'mongo') return (await import('./events.mongo.js')).benchMongoEvents(options);
  if (options.store === undefined) return benchEmbedded();
  throw new Error(`there is no bench of ${options.store}: leave --store out, or say --store mongo`);
};
