/** What every event store holds to when its events are exported, and imported into another. */
import { expect, it } from 'vitest';
import { exportEvents, importEvents, parseEvents, type RecordedEvent } from '#libs/event-sourcing';
import { MemoryEventStore } from '../../libs/event-sourcing/src/memory/memory-event-store.js';
import { happened, numbersOf, type StoreRig } from './event-store.rig.js';

export async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const withoutPosition = (events: readonly RecordedEvent[]) => events.map(({ position: _, ...event }) => event);

export function restoreContract(rig: () => StoreRig): void {
  it('gives all its events away and takes them from elsewhere, in their order and as they were', async () => {
    const { store, other } = rig();
    const source = new MemoryEventStore();
    await source.append('stream-1', 0, happened(1, 2), { actor: 'fry', traceId: 't1' });
    await source.append('stream-2', 0, [{ type: 'ThingHappened', data: { text: 'Grüße 🚀 \u0000 \ud800' } }]);
    for (let version = 2; version < 1100; version += 100) {
      await source.append('stream-1', version, happened(...Array.from({ length: 100 }, (_, index) => version + index + 1)));
    }
    const lines = await all(exportEvents(source));
    expect(await importEvents(store, parseEvents(linesOf(lines)))).toBe(lines.length - 2);
    expect(withoutPosition(await other.readAll(0, 2000))).toEqual(withoutPosition(await source.readAll(0, 2000)));
    expect(withoutPosition(await other.read('stream-1'))).toEqual(withoutPosition(await source.read('stream-1')));
    expect(await all(exportEvents(other))).toHaveLength(lines.length);
    await source.close();
    await other.append('stream-2', 1, happened(2));
    expect(numbersOf(await store.read('stream-2', 1))).toEqual([2]);
  });

  it('takes none when it has some already', async () => {
    const { store, other } = rig();
    await other.append('stream-1', 0, happened(1));
    const source = new MemoryEventStore();
    await source.append('stream-9', 0, happened(1, 2));
    const lines = await all(exportEvents(source));
    await expect(importEvents(store, parseEvents(linesOf(lines)))).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' });
    expect(numbersOf(await store.readAll(0, 10))).toEqual([1]);
    await source.close();
  });

  it('takes none while somebody works with it, or when a subscription has read another log', async () => {
    const { store, other } = rig();
    const lines = ['{"format":"deskhand-events","version":1}', '{"events":0}'];
    const importing = () => importEvents(store, parseEvents(linesOf(lines)));
    const refusal = (finding: string) => ({ code: 'STORE_NOT_EMPTY', detail: expect.stringContaining(finding) });
    const lease = await other.acquireLease('view', 60_000);
    await expect(importing()).rejects.toMatchObject(refusal('the lease view'));
    await lease?.release();
    expect(await importing()).toBe(0);
    await other.checkpoints.claim('old-view', 1);
    expect(await importing()).toBe(0);
    await other.checkpoints.save('old-view', 1, 7);
    await expect(importing()).rejects.toMatchObject(refusal('the checkpoint old-view'));
  });
}
