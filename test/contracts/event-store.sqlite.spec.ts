/** Holds the sqlite store to the contract of event stores, and to what only files and processes can show: crashes, stalls, full disks, damage. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { rolldown } from 'rolldown';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RecordedEvent } from '#libs/event-sourcing';
import { SqliteEventStore } from '../../libs/event-sourcing/src/sqlite/sqlite-event-store.js';
import { eventually } from '../support/eventually.js';
import { eventStoreContract } from './event-store.contract.js';
import { happened, numbersOf } from './event-store.rig.js';

const timings = { pollMs: 50, leaseMs: 1500, checkpointMs: 50 };

eventStoreContract('sqlite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'deskhand-events-'));
  const [store, other] = [1, 2].map(() => new SqliteEventStore(join(folder, 'events.sqlite'), timings)) as [
    SqliteEventStore,
    SqliteEventStore,
  ];
  return {
    ...{ store, other },
    async dispose() {
      await Promise.all([store.close(), other.close()]);
      rmSync(folder, { recursive: true });
    },
  };
});

describe('the sqlite event store and other processes', () => {
  const builds = mkdtempSync(join(tmpdir(), 'deskhand-events-child-'));
  const program = join(builds, 'child.mjs');
  let folder: string;
  let file: string;
  let store: SqliteEventStore;
  let children: Child[];

  class Child {
    readonly lines: string[] = [];
    readonly process: ChildProcess;
    #rest = '';
    #errors = '';
    constructor(command: string, ...arguments_: readonly string[]) {
      this.process = spawn(command, arguments_, { stdio: ['ignore', 'pipe', 'pipe'] });
      this.process.stdout?.on('data', (chunk) => {
        const lines = (this.#rest + chunk).split('\n');
        this.#rest = lines.pop() ?? '';
        this.lines.push(...lines);
      });
      this.process.stderr?.on('data', (chunk) => {
        this.#errors += chunk;
      });
      children.push(this);
    }
    /** What it wrote to its standard error if it failed. */
    async ended(): Promise<string> {
      if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'close');
      return this.process.exitCode === 0 ? '' : this.#errors;
    }
    async kill(): Promise<void> {
      this.process.kill('SIGKILL');
      await this.ended();
    }
  }
  const start = (mode: string, ...rest: readonly string[]) => new Child(process.execPath, program, mode, file, ...rest);

  beforeAll(async () => {
    const build = await rolldown({
      input: join(import.meta.dirname, 'event-store.child.ts'),
      platform: 'node',
      logLevel: 'silent',
      resolve: { conditionNames: ['source', 'node', 'import', 'default'] },
    });
    await build.write({ file: program, codeSplitting: false });
    await build.close();
  });
  afterAll(() => rmSync(builds, { recursive: true }));

  beforeEach(() => {
    children = [];
    folder = mkdtempSync(join(tmpdir(), 'deskhand-events-'));
    file = join(folder, 'data', 'events.sqlite');
    store = new SqliteEventStore(file, timings);
  });
  afterEach(async () => {
    await Promise.all(children.map((child) => child.kill()));
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it('keeps one order under 20 writers in 4 processes, and whoever reads along misses none', async () => {
    const seen: RecordedEvent[] = [];
    store.follow({ name: 'all', handle: (event) => void seen.push(event) });
    const processes = ['a', 'b', 'c', 'd'].map((name) => start('write', name, '50'));
    for (const process of processes) expect(await process.ended()).toBe('');
    await eventually(() => expect(seen).toHaveLength(1000));
    expect(seen).toEqual(await store.readAll(0, 1001));
    expect(seen.map(({ position }) => position)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
    for (const stream of new Set(seen.map((event) => event.stream))) expect(await store.read(stream)).toHaveLength(50);
  }, 60_000);

  it('has all that was acknowledged, and nothing by halves, after a writer was killed', async () => {
    for (let round = 0; round < 5; round++) {
      const writer = start('write-until-killed', `stream-${round}`);
      await eventually(() => expect(writer.lines.length).toBeGreaterThan(50));
      await writer.kill();
      const stored = await store.read(`stream-${round}`);
      expect(stored.length % 3).toBe(0);
      expect(stored.length).toBeGreaterThanOrEqual(Number(writer.lines.at(-1)));
    }
  }, 60_000);

  it('goes on where a killed runner stood: every event at least once, in order, by one runner at a time', async () => {
    await store.append('stream-1', 0, happened(...Array.from({ length: 100 }, (_, index) => index + 1)));
    const killed = start('react', 'view');
    await eventually(() => expect(killed.lines.length).toBeGreaterThan(30));
    await killed.kill();
    const done = killed.lines.filter((line) => line.startsWith('end')).map((line) => Number(line.slice(4)));

    const seen: number[] = [];
    const subscription = store.react({ name: 'view', handle: async ({ position }) => void seen.push(position) });
    await subscription.caughtUp();
    expect(seen[0]).toBeLessThanOrEqual((done.at(-1) ?? 0) + 1);
    expect(seen).toEqual(Array.from({ length: 101 - (seen[0] ?? 0) }, (_, index) => (seen[0] ?? 0) + index));
  }, 60_000);

  it('frees what a killed process held at once, long before its time', async () => {
    const holder = start('hold', 'work');
    await eventually(() => expect(holder.lines).toEqual(['held']));
    expect(await store.acquireLease('work', 1000)).toBeUndefined();
    await holder.kill();
    expect((await store.acquireLease('work', 1000))?.fence).toBe(2);
  }, 60_000);

  it('does not let a runner that was stalled go on beside its successor, nor move the checkpoint back', async () => {
    await store.append('stream-1', 0, happened(...Array.from({ length: 300 }, (_, index) => index + 1)));
    const stalled = start('react', 'view');
    await eventually(() => expect(stalled.lines.length).toBeGreaterThan(10));
    stalled.process.kill('SIGSTOP');

    const subscription = store.react({ name: 'view', handle: async () => {} });
    await subscription.caughtUp();
    const before = stalled.lines.length;
    stalled.process.kill('SIGCONT');
    // It may end the event that it was stalled in, and begin no other.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(stalled.lines.slice(before).filter((line) => line.startsWith('begin'))).toEqual([]);
    expect(subscription.state().status).toBe('running');

    await subscription.stop();
    await store.append('stream-1', 300, happened(301));
    const last = String((await store.head()) ?? 0);
    await eventually(() => expect(stalled.lines.at(-1)).toBe(`end ${last}`));
    expect(stalled.lines.slice(before).filter((line) => line.startsWith('begin'))).toEqual([`begin ${last}`]);
  }, 60_000);

  it('answers STORE_UNAVAILABLE when the disk is full, keeps what it had, and still reads', async () => {
    await store.append('stream-1', 0, happened(1));
    const full = new Child('sh', '-c', `ulimit -f 2000; exec "$0" "$@"`, process.execPath, program, 'fill', file, 'large');
    expect(await full.ended()).toBe('');
    const report = JSON.parse(full.lines[0] ?? '{}');
    expect(report.code).toBe('STORE_UNAVAILABLE');
    expect(report.acknowledged).toBeGreaterThan(0);
    expect(report.stored).toBe(report.acknowledged);
    expect(await store.read('large')).toHaveLength(report.acknowledged);
    await store.append('stream-1', 1, happened(2));
  }, 60_000);

  describe('its file', () => {
    it('is for its owner only, and so are its folder and the files beside it', async () => {
      await store.append('stream-1', 0, happened(1));
      const modes = [join(folder, 'data'), file, `${file}-wal`, `${file}-shm`].map((path) => statSync(path).mode & 0o777);
      expect(modes).toEqual([0o700, 0o600, 0o600, 0o600]);
      await store.close();
      chmodSync(file, 0o644);
      store = new SqliteEventStore(file);
      expect(statSync(file).mode & 0o777).toBe(0o600);
    });

    const damages: Record<string, (copy: string) => void> = {
      'that is no database at all': (copy) => writeFileSync(copy, 'x'.repeat(20_000)),
      'whose pages were overwritten': (copy) => {
        const descriptor = openSync(copy, 'r+');
        for (let page = 1; page < 20; page++) writeSync(descriptor, Buffer.alloc(2048, 0x5a), 0, 2048, page * 4096);
      },
      'whose last page is broken': (copy) => {
        const descriptor = openSync(copy, 'r+');
        writeSync(descriptor, Buffer.alloc(4096, 0x5a), 0, 4096, statSync(copy).size - 4096);
      },
      'that was cut off': (copy) => writeFileSync(copy, readFileSync(copy).subarray(0, 3 * 4096)),
      'that is the database of another program': (copy) => {
        rmSync(copy);
        const database = new DatabaseSync(copy);
        database.exec('CREATE TABLE events (something TEXT)');
        database.close();
      },
    };
    it.each(Object.entries(damages))('is refused with STORE_CORRUPT when it is one %s', async (_, damage) => {
      for (let version = 0; version < 500; version += 50) {
        await store.append('stream-1', version, happened(...Array.from({ length: 50 }, (_, index) => version + index)));
      }
      await store.close();
      const copy = join(folder, 'copy.sqlite');
      copyFileSync(file, copy);
      damage(copy);
      expect(() => new SqliteEventStore(copy)).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT' }));
    });

    it('is refused with STORE_UNAVAILABLE when it cannot be opened or is of a later version', async () => {
      expect(() => new SqliteEventStore(folder)).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
      await store.close();
      const database = new DatabaseSync(file);
      database.exec('PRAGMA user_version = 999');
      database.close();
      expect(() => new SqliteEventStore(file)).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
    });

    it('gives back its events after it was closed and opened again', async () => {
      await store.append('stream-1', 0, happened(1, 2));
      await store.close();
      store = new SqliteEventStore(file);
      await store.append('stream-1', 2, happened(3));
      expect(numbersOf(await store.read('stream-1'))).toEqual([1, 2, 3]);
    });
  });

  it('refuses writes with STORE_UNAVAILABLE once too many wait, and serves those that do', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10_100 }, (_, index) => store.append(`stream-${index}`, 0, happened(index))),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(100);
    expect(refused[0]?.reason).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await store.head()).toBe(10_000);
  });
});
