/** What an event store of several processes holds to when they write at once, are killed, or are stalled. */
import { expect, it } from 'vitest';
import type { RecordedEvent } from '#libs/event-sourcing';
import { eventually } from '../support/eventually.js';
import type { Child } from '../support/store-child.js';
import { happened, type StoreUnderTest } from './event-store.rig.js';

export interface ProcessRig {
  /** This process's own. */
  readonly store: StoreUnderTest;
  /** Starts another process on the same storage; see event-store.child.ts for what it can do. */
  start(mode: string, ...rest: readonly string[]): Child;
}

export function processContract(rig: () => ProcessRig): void {
  it('keeps one order under 20 writers in 4 processes, and whoever reads along misses none', async () => {
    const { store, start } = rig();
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
    const { store, start } = rig();
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
    const { store, start } = rig();
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

  it('does not let a runner that was stalled go on beside its successor, nor move the checkpoint back', async () => {
    const { store, start } = rig();
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
}
