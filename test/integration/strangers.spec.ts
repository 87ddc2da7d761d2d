/** Two replicas of which one has not read yet what the other was asked for: what the newer one makes is left alone, what nobody asked for is not. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EventStore } from '#libs/event-sourcing';
import type { DesktopEvent } from '../../libs/desktops/src/desktop.events.js';
import { type ReconcilerParts, reconcileDesktop } from '../../libs/desktops/src/desktop.reconciler.js';
import { SqliteEventStore } from '../../libs/event-sourcing/src/sqlite/sqlite-event-store.js';
import { LocalRuntime } from '../../libs/runtime/src/local/local-runtime.js';
import { eventually } from '../support/eventually.js';

const id = 'abcdefghijklmnopqrstuvwxyz';
const now = Date.now();
const at = new Date(now).toISOString();
const requested = (run: number): DesktopEvent => ({
  type: 'DesktopRequested',
  data: {
    run,
    owner: { provider: 'local', subject: '1', name: 'Fry' },
    profile: 'standard',
    settings: { width: 640, height: 480 },
    at,
  },
});
const over: readonly DesktopEvent[] = [
  requested(1),
  { type: 'DesktopStopRequested', data: { run: 1, reason: 'user', at } },
  { type: 'DesktopStopped', data: { run: 1, at } },
];

let data: string;
let stores: readonly SqliteEventStore[];
let runtimes: readonly LocalRuntime[];
let replicas: readonly (() => Promise<number | undefined>)[];
/** What the newer replica has made so far of run 2. */
let begun: string;

function replicaOf(store: EventStore, runtime: LocalRuntime) {
  const parts: ReconcilerParts = {
    store,
    runtime,
    deadlines: { scheduleMs: 60_000, prepareMs: 60_000, startMs: 60_000, stopMs: 60_000, applicationStartMs: 60_000, idleMs: 60_000 },
    troubles: new Map(),
    tendedSince: () => undefined,
    onUnreachable: () => {},
    strangers: new Map(),
    secretOf: () => randomBytes(32),
    userFilesOf: async () => undefined,
    mayAct: async () => {},
  };
  return () => reconcileDesktop(id, parts);
}

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'deskhand-strangers-'));
  stores = [0, 1].map(() => new SqliteEventStore(join(data, 'events.sqlite')));
  runtimes = [0, 1].map(() => new LocalRuntime({ data }));
  replicas = [0, 1].map((index) => replicaOf(stores[index]!, runtimes[index]!));
  begun = join(readlinkSync(join(data, 'runs')), `${id}-2`);
  await stores[0]!.append(`desktop-${id}`, 0, over);
  mkdirSync(begun);
  utimesSync(begun, (now - 60_000) / 1000, (now - 60_000) / 1000);
  vi.useFakeTimers({ toFake: ['Date'], now });
});
afterEach(async () => {
  vi.useRealTimers();
  await eventually(async () => {
    await runtimes[0]!.stopDesktop({ desktop: id, run: 2 });
    expect(await runtimes[0]!.list()).toStrictEqual([]);
  });
  await Promise.all(stores.map((store) => store.close()));
  await Promise.all(runtimes.map((runtime) => runtime.close()));
  rmSync(data, { recursive: true, force: true });
});

it('goes when nobody has asked for it, at the second look', async () => {
  expect(await replicas[0]!()).toBeLessThanOrEqual(now + 5_000);
  // Another replica that takes over begins with a first look of its own.
  vi.setSystemTime(now + 5_000);
  await replicas[1]!();
  expect(existsSync(begun)).toBe(true);
  await replicas[0]!();
  expect(existsSync(begun)).toBe(false);
});

it('stays when the request for it is read at the second look', async () => {
  await replicas[0]!();
  await stores[1]!.append(`desktop-${id}`, over.length, [requested(2)]);
  vi.setSystemTime(now + 5_000);
  await replicas[0]!();
  expect(await runtimes[1]!.observe(id)).toMatchObject({ runs: [{ run: 2, phase: expect.stringMatching(/^(starting|running)$/) }] });
});
