/** What becomes of a start whose effect fails: which failures end the desktop, which are tried again, and of which whoever waits is told. */
import { beforeEach, expect, it } from 'vitest';
import { DeskhandError } from '#libs/common';
import { LeaseLost } from '#libs/event-sourcing';
import type { Runtime } from '#libs/runtime';
import { MemoryEventStore } from '../../event-sourcing/src/memory/memory-event-store.js';
import { desktopStream } from './desktop.events.js';
import { deadlines, endpoint, known, launched, ready, requested, scheduled, up } from './desktop.plan.fixtures.js';
import { type ReconcilerParts, reconcileDesktop } from './desktop.reconciler.js';

const LONG_MS = 1e12;
const patient = { ...deadlines, scheduleMs: LONG_MS, applicationStartMs: LONG_MS, idleMs: LONG_MS };

let store: MemoryEventStore;
let told: number;
beforeEach(() => {
  store = new MemoryEventStore();
  told = 0;
});

/** @param runtime one that fails as no real one can be made to, at that very call */
const reconcile = (runtime: Partial<Runtime>, more: Partial<ReconcilerParts> = {}) =>
  reconcileDesktop('d', {
    store,
    runtime: runtime as Runtime,
    deadlines: patient,
    troubles: new Map(),
    tendedSince: () => undefined,
    strangers: new Map(),
    secretOf: () => new Uint8Array(32),
    userFilesOf: async () => undefined,
    onUnreachable: () => {
      told++;
    },
    mayAct: async () => {},
    ...more,
  });
const failing = (error: Error) => async (): Promise<never> => {
  throw error;
};
const empty = async () => known();
const types = async () => (await store.read(desktopStream('d'))).map(({ type }) => type);

const storeIsAway = new DeskhandError('STORE_UNAVAILABLE');
it.each<[string, Error, Partial<ReconcilerParts>]>([
  ['the store does not renew the lease', storeIsAway, { mayAct: onSecondCall(storeIsAway) }],
  ['the lease was lost meanwhile', new LeaseLost('desktop-d'), { mayAct: onSecondCall(new LeaseLost('desktop-d')) }],
  ["the user's files cannot be read", new Error('socket hang up'), { userFilesOf: failing(new Error('socket hang up')) }],
])('a start is tried again, and no word is said of the runtime, when %s', async (_title, error, parts) => {
  await store.append(desktopStream('d'), 0, [requested()]);
  let started = 0;
  const startDesktop = async () => void started++;
  await expect(reconcile({ observe: empty, startDesktop }, parts)).rejects.toThrow(error.message);
  expect(await types()).toStrictEqual(['DesktopRequested']);
  expect([told, started]).toStrictEqual([0, 0]);
});

it.each([
  ['the runtime does not answer', new DeskhandError('RUNTIME_UNAVAILABLE'), 1],
  ['something is wrong in Deskhand', new TypeError('it is undefined'), 0],
])('a start is tried again when %s', async (_title, error, notices) => {
  await store.append(desktopStream('d'), 0, [requested()]);
  await expect(reconcile({ observe: empty, startDesktop: failing(error) })).rejects.toBe(error);
  expect(await types()).toStrictEqual(['DesktopRequested']);
  expect(told).toBe(notices);
});

it('a start ends with the cause that the runtime names', async () => {
  await store.append(desktopStream('d'), 0, [requested()]);
  await reconcile({ observe: empty, startDesktop: failing(new DeskhandError('QUOTA_EXCEEDED', 'pods=1')) });
  expect((await store.read(desktopStream('d'))).at(-1)).toMatchObject({
    type: 'DesktopFailed',
    data: { cause: { code: 'QUOTA_EXCEEDED', detail: 'pods=1' } },
  });
  expect(told).toBe(0);
});

it('an application is tried again, and no word is said of the runtime, when the desktop does not answer', async () => {
  await store.append(desktopStream('d'), 0, [requested(), scheduled, ready, launched]);
  const error = new DeskhandError('DESKTOP_UNREACHABLE');
  const observe = async () => known(up({ endpoint, connections: 0 }));
  await expect(reconcile({ observe, startApplication: failing(error) })).rejects.toBe(error);
  expect(await types()).not.toContain('ApplicationFailed');
  expect(told).toBe(0);
});

/** The first is before any action, the second when the files have been read. */
function onSecondCall(error: Error) {
  let calls = 0;
  return async (): Promise<void> => {
    if (++calls === 2) throw error;
  };
}
