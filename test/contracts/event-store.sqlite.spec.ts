/** Holds the sqlite store to the contract of event stores, and to what only files and processes can show: crashes, stalls, full disks, damage. */
import { chmodSync, copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SqliteEventStore } from '../../libs/event-sourcing/src/sqlite/sqlite-event-store.js';
import { eventually } from '../support/eventually.js';
import { buildChild, Child } from '../support/store-child.js';
import { eventStoreContract } from './event-store.contract.js';
import { processContract } from './event-store.processes.contract.js';
import { happened, numbersOf } from './event-store.rig.js';

const timings = { pollMs: 50, leaseMs: 1500, checkpointMs: 50 };

eventStoreContract('sqlite', async (others) => {
  const folder = mkdtempSync(join(tmpdir(), 'deskhand-events-'));
  const [store, other] = [1, 2].map(() => new SqliteEventStore(join(folder, 'events.sqlite'), { ...timings, ...others })) as [
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
  let program: string;
  let folder: string;
  let file: string;
  let store: SqliteEventStore;
  let children: Child[];

  const run = (command: string, ...args: readonly string[]) => {
    const child = new Child(command, ...args);
    children.push(child);
    return child;
  };
  const start = (mode: string, ...rest: readonly string[]) => run(process.execPath, program, mode, file, ...rest);

  beforeAll(async () => {
    program = await buildChild();
  });
  afterAll(() => rmSync(dirname(program), { recursive: true }));

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

  it('frees what a killed process held at once, long before its time', async () => {
    const holder = start('hold', 'work');
    await eventually(() => expect(holder.lines).toEqual(['held']));
    expect(await store.acquireLease('work', 1000)).toBeUndefined();
    await holder.kill();
    expect((await store.acquireLease('work', 1000))?.fence).toBe(2);
  }, 60_000);

  processContract(() => ({ store, start }));

  it('refuses writes with STORE_UNAVAILABLE while a stopped process has the lock, reads all the same, and goes on after it', async () => {
    await store.append('stream-1', 0, happened(1));
    const holder = start('lock', '');
    await eventually(() => expect(holder.lines).toEqual(['locked']));
    holder.process.kill('SIGSTOP');
    const refusal = { code: 'STORE_UNAVAILABLE', extras: { retryAfter: 1 }, detail: expect.stringContaining('Another process keeps') };
    const began = performance.now();
    const waiting = [1, 2].map((number) => store.append(`other-${number}`, 0, happened(number)));
    expect(numbersOf(await store.read('stream-1'))).toEqual([1]);
    expect(await Promise.allSettled(waiting)).toMatchObject(waiting.map(() => ({ status: 'rejected', reason: refusal })));
    expect(performance.now() - began).toBeLessThan(15_000);
    await holder.kill();
    await store.append('stream-1', 1, happened(2));
    expect(numbersOf(await store.read('stream-1'))).toEqual([1, 2]);
  }, 60_000);

  it('answers STORE_UNAVAILABLE when the disk is full, keeps what it had, and still reads', async () => {
    await store.append('stream-1', 0, happened(1));
    const full = run('sh', '-c', `ulimit -f 2000; exec "$0" "$@"`, process.execPath, program, 'fill', file, 'large');
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
