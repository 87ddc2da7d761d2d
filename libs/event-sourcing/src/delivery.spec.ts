/** What subscriptions do while their store is away and once it is back. The store fails at will, look by look, which no real server does. */
import { expect, it, vi } from 'vitest';
import type { RecordedEvent } from './event-store.js';
import { MemoryEventStore } from './memory/memory-event-store.js';

class FailingStore extends MemoryEventStore {
  /** So many looks fail from now on. */
  failures = 0;
  looks = 0;
  asked = 0;

  override head(): Promise<number> {
    this.asked++;
    return super.head();
  }

  override async readAll(afterPosition: number, limit: number): Promise<readonly RecordedEvent[]> {
    this.looks++;
    if (this.failures-- > 0) throw new Error('the store is away');
    return super.readAll(afterPosition, limit);
  }
}
const happened = [{ type: 'ThingHappened', data: {} }];

it('looks for events as often as ever however long the store was away', async () => {
  const store = new FailingStore({ pollMs: 5, longestPauseMs: 3_600_000 });
  const view = store.follow({ name: 'view', handle: () => {} });
  // With pauses that double from 50 ms on, this would take minutes.
  store.failures = 15;
  await vi.waitFor(() => expect(view.state().status).toBe('failing'), { timeout: 15_000 });
  await store.append('stream-1', 0, happened);
  await view.caughtUp();
  expect(view.state().status).toBe('running');
  await store.close();
});

it('is woken by an append of its own process while it pauses', async () => {
  const store = new FailingStore({ pollMs: 3_600_000 });
  store.failures = 1;
  const view = store.follow({ name: 'view', handle: () => {} });
  await vi.waitFor(() => expect(view.state().status).toBe('failing'), { timeout: 15_000 });
  await store.append('stream-1', 0, happened);
  await vi.waitFor(() => expect(view.state()).toMatchObject({ status: 'running', position: 1 }), { timeout: 15_000 });
  await store.close();
});

it('reads nothing that was appended in its own process and comes next', async () => {
  const store = new FailingStore({ pollMs: 3_600_000 });
  const seen: number[] = [];
  const view = store.follow({ name: 'view', handle: ({ position }) => void seen.push(position) });
  await view.caughtUp();
  await vi.waitFor(() => expect(store.looks).toBeGreaterThan(0));
  const { looks } = store;
  for (let version = 0; version < 3; version++) await store.append('stream-1', version, happened);
  await view.caughtUp();
  expect(seen).toStrictEqual([1, 2, 3]);
  expect(store.looks).toBe(looks);
  await store.close();
});

it('asks once where the log ends for all who ask in one turn, and again for whoever comes later', async () => {
  const store = new FailingStore({ pollMs: 3_600_000 });
  const seen: number[] = [];
  const view = store.follow({ name: 'view', handle: ({ position }) => void seen.push(position) });
  await Promise.all([view.caughtUp(), view.caughtUp(), view.caughtUp()]);
  expect(store.asked).toBe(1);
  // It tells nobody of what is put there: only whoever asks hears of it.
  await store.restore(0, [
    { stream: 'stream-1', version: 1, position: 1, metadata: {}, recordedAt: new Date().toISOString(), type: 'ThingHappened', data: {} },
  ]);
  await Promise.all([view.caughtUp(), view.caughtUp()]);
  expect(seen).toStrictEqual([1]);
  expect(store.asked).toBe(2);
  await store.close();
});

it('reads what another process put in between, and hands it on in its place', async () => {
  const store = new FailingStore({ pollMs: 3_600_000 });
  const seen: number[] = [];
  const view = store.follow({ name: 'view', handle: ({ position }) => void seen.push(position) });
  await view.caughtUp();
  // Nobody here hears of what is put back: as if it were another's.
  await store.restore(0, [
    { stream: 'stream-1', version: 1, position: 1, metadata: {}, recordedAt: new Date().toISOString(), type: 'ThingHappened', data: {} },
  ]);
  await store.append('stream-2', 0, happened);
  await view.caughtUp();
  expect(seen).toStrictEqual([1, 2]);
  await store.close();
});

it('knows up to when it knows everything, and that time stands still while the store is away or an event hurts', async () => {
  const store = new FailingStore({ pollMs: 5 });
  let hurts = false;
  const view = store.follow({
    name: 'view',
    handle: () => {
      if (hurts) throw new Error('this one hurts');
    },
  });
  const isFresh = async () => {
    const now = performance.now();
    await vi.waitFor(() => expect(view.asOf).toBeGreaterThan(now), { timeout: 15_000 });
  };
  const standsStill = async () => {
    const { looks } = store;
    const before = view.asOf;
    await vi.waitFor(() => expect(store.looks).toBeGreaterThan(looks + 4), { timeout: 15_000 });
    expect(view.asOf).toBe(before);
  };
  await isFresh();
  store.failures = Number.POSITIVE_INFINITY;
  await vi.waitFor(() => expect(view.state().status).toBe('failing'), { timeout: 15_000 });
  await standsStill();
  store.failures = 0;
  await isFresh();
  hurts = true;
  await store.append('stream-1', 0, happened);
  await vi.waitFor(() => expect(view.state().error).toContain('hurts'), { timeout: 15_000 });
  const { asOf } = view;
  await expect(view.caughtUp(50)).rejects.toMatchObject({ code: 'NOT_READY', status: 503 });
  expect(view.asOf).toBe(asOf);
  await store.close();
});
