/** What every event store holds to when a handler cannot get past an event, and what operators can do about it. */
import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from '#libs/event-sourcing';
import { eventually } from '../support/eventually.js';
import { happened, numbersOf, type StoreRig } from './event-store.rig.js';

/** Fails at the event with this number, as long as it is told to. */
class Handler {
  readonly seen: RecordedEvent[] = [];
  constructor(public poison: number | undefined) {}
  readonly handle = async (event: RecordedEvent): Promise<void> => {
    if (numbersOf([event])[0] === this.poison) throw new Error('this one hurts');
    this.seen.push(event);
  };
}

export function supervisionContract(rig: () => StoreRig): void {
  const troublesOf = () => rig().other.supervision.troubles();

  describe.each(['follow', 'react'] as const)('an event that %s cannot get past', (kind) => {
    it('is named to operators of all processes, and holds up nobody else', async () => {
      const { store } = rig();
      const [poisoned, well] = [new Handler(2), new Handler(undefined)];
      await store.append('stream-1', 0, happened(1, 2, 3));
      store[kind]({ name: 'poisoned', handle: poisoned.handle });
      const other = store[kind]({ name: 'well', handle: well.handle });
      const [trouble] = await eventually(async () => {
        const troubles = await troublesOf();
        return troubles.length === 1 ? troubles : Promise.reject(new Error('not named yet'));
      });
      expect(trouble).toMatchObject({
        subscription: 'poisoned',
        position: 2,
        stream: 'stream-1',
        type: 'ThingHappened',
        error: 'Error: this one hurts',
      });
      expect(Date.parse(trouble?.since ?? '')).toBeGreaterThan(Date.now() - 60_000);
      await other.caughtUp();
      expect(numbersOf(well.seen)).toEqual([1, 2, 3]);
      expect(numbersOf(poisoned.seen)).toEqual([1]);
    });

    it('is no trouble any more once it was handled', async () => {
      const { store } = rig();
      const handler = new Handler(1);
      await store.append('stream-1', 0, happened(1, 2));
      const subscription = store[kind]({ name: 'view', handle: handler.handle });
      await eventually(async () => expect(await troublesOf()).toHaveLength(1));
      handler.poison = undefined;
      expect(await rig().other.supervision.instruct('view', 1, 'retry')).toBe(true);
      await subscription.caughtUp();
      expect(numbersOf(handler.seen)).toEqual([1, 2]);
      await eventually(async () => expect(await troublesOf()).toEqual([]));
    });

    it('is no trouble any more once another process, or the next one, has handled it', async () => {
      await rig().store.append('stream-1', 0, happened(1, 2));
      const first = rig().store[kind]({ name: 'view', handle: new Handler(1).handle });
      await eventually(async () => expect(await troublesOf()).toHaveLength(1));
      await first.stop();
      await rig()
        .other[kind]({ name: 'view', handle: new Handler(undefined).handle })
        .caughtUp();
      await eventually(async () => expect(await troublesOf()).toEqual([]));
    });

    it('is left out when an operator says so, at the next start too', async () => {
      const { store } = rig();
      const handler = new Handler(2);
      await store.append('stream-1', 0, happened(1, 2, 3));
      const first = store[kind]({ name: 'view', handle: handler.handle });
      await eventually(async () => expect(await troublesOf()).toHaveLength(1));
      expect(await rig().other.supervision.instruct('view', 2, 'skip')).toBe(true);
      await first.caughtUp();
      expect(first.state().status).toBe('running');
      expect(numbersOf(handler.seen)).toEqual([1, 3]);
      expect(await troublesOf()).toMatchObject([{ position: 2, instruction: { kind: 'skip' } }]);
      await first.stop();
      const again = new Handler(2);
      await store[kind]({ name: 'view', handle: again.handle }).caughtUp();
      expect(numbersOf(again.seen)).toEqual(kind === 'follow' ? [1, 3] : []);
    });
  });

  it('tells operators where reactions stand, and when they speak of what is no trouble', async () => {
    const { store, other } = rig();
    await store.append('stream-1', 0, happened(1, 2));
    const reaction = store.react({ name: 'view', handle: async () => {} });
    await reaction.caughtUp();
    await reaction.stop();
    expect(await other.supervision.positions()).toEqual([{ name: 'view', position: 2 }]);
    expect(await other.supervision.instruct('view', 1, 'skip')).toBe(false);
    expect(await other.supervision.instruction('view', 1)).toBeUndefined();
  });

  it('counts tries that operators ask for, and keeps since when and what was said when the trouble changes', async () => {
    const { store, other } = rig();
    const trouble = {
      subscription: 'view',
      position: 7,
      stream: 'stream-1',
      type: 'ThingHappened',
      error: 'first',
      since: '2026-01-01T00:00:00.000Z',
    };
    await store.supervision.report(trouble);
    for (const number of [1, 2]) {
      expect(await other.supervision.instruct('view', 7, 'retry')).toBe(true);
      expect(await store.supervision.instruction('view', 7)).toEqual({ kind: 'retry', number });
    }
    await store.supervision.report({ ...trouble, error: 'second', since: '2026-01-02T00:00:00.000Z' });
    expect(await troublesOf()).toEqual([{ ...trouble, error: 'second', instruction: { kind: 'retry', number: 2 } }]);
    await other.supervision.clear('view', 7);
    expect(await troublesOf()).toEqual([]);
  });

  it('keeps what was left out named, also when somebody has handled it after all', async () => {
    const { store, other } = rig();
    const trouble = { subscription: 'view', position: 7, stream: 'stream-1', type: 'ThingHappened', error: 'hurts', since: 'then' };
    await store.supervision.report(trouble);
    expect(await other.supervision.instruct('view', 7, 'skip')).toBe(true);
    await store.supervision.clear('view', 7);
    expect(await troublesOf()).toEqual([{ ...trouble, instruction: { kind: 'skip' } }]);
  });

  it('gives many events at once to who takes them so, and one by one when that fails', async () => {
    const { store } = rig();
    const calls: (readonly unknown[])[] = [];
    const handler = new Handler(3);
    await store.append('stream-1', 0, happened(1, 2, 3, 4));
    const reaction = store.react({
      name: 'view',
      handle: handler.handle,
      async handleAll(events) {
        calls.push(numbersOf(events));
        for (const event of events) await handler.handle(event);
      },
    });
    await eventually(async () => expect(await troublesOf()).toMatchObject([{ position: 3 }]));
    handler.poison = undefined;
    await reaction.caughtUp();
    expect(calls).toEqual([[1, 2, 3, 4]]);
    expect(numbersOf(handler.seen)).toEqual([1, 2, 1, 2, 3, 4]);
    await store.append('stream-1', 4, happened(5, 6));
    await reaction.caughtUp();
    expect(calls.at(-1)).toEqual([5, 6]);
  });
}
