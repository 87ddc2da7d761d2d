/** The way of a command, on the real memory store. */
import { describe, expect, it } from 'vitest';
import { DeskhandError } from '#libs/common';
import { fold, handleCommand, loadState } from './command-handler.js';
import type { Decider } from './decider.js';
import { MemoryEventStore } from './memory/memory-event-store.js';
import { RememberedStates } from './remembered-states.js';

type CounterEvent = { readonly type: 'CounterMoved'; readonly data: { readonly by: number } };

/** Moves by a number, not below zero; to move by nothing leads to nothing. */
const counter: Decider<number, CounterEvent, { readonly value: number }> = {
  initialState: { value: 0 },
  // Once the data was `{steps}`.
  upcasters: { CounterMoved: (data) => ('steps' in data ? { by: data.steps } : data) },
  evolve: ({ value }, { data }) => ({ value: value + data.by }),
  decide(by, { value }) {
    if (value + by < 0) throw new DeskhandError('CONFLICT', 'A counter does not go below zero.');
    return by === 0 ? [] : [{ type: 'CounterMoved', data: { by } }];
  },
};

describe('a command', () => {
  it('stores what the decider answers, and tells the state after it', async () => {
    const store = new MemoryEventStore();
    await handleCommand(store, counter, 'counter-1', 2, { actor: 'fry' });
    const handled = await handleCommand(store, counter, 'counter-1', 3);
    expect(handled).toEqual({ state: { value: 5 }, version: 2, events: [{ type: 'CounterMoved', data: { by: 3 } }] });
    expect(await loadState(store, counter, 'counter-1')).toEqual({ state: { value: 5 }, version: 2 });
    expect((await store.read('counter-1')).map(({ metadata }) => metadata)).toEqual([{ actor: 'fry' }, {}]);
  });

  it('that asks for what already is stores nothing', async () => {
    const store = new MemoryEventStore();
    expect(await handleCommand(store, counter, 'counter-1', 0)).toEqual({ state: { value: 0 }, version: 0, events: [] });
    expect(await store.head()).toBe(0);
  });

  it('that the decider refuses stores nothing and is not tried again', async () => {
    const store = new MemoryEventStore();
    await expect(handleCommand(store, counter, 'counter-1', -1)).rejects.toMatchObject({ detail: 'A counter does not go below zero.' });
    expect(await store.head()).toBe(0);
  });

  it('is decided again on what is there when another was faster: of many at once none is lost', async () => {
    const store = new MemoryEventStore();
    await Promise.all(Array.from({ length: 20 }, () => handleCommand(store, counter, 'counter-1', 1)));
    expect(await loadState(store, counter, 'counter-1')).toEqual({ state: { value: 20 }, version: 20 });
  });

  it('for a stream of a new id is decided without a look, and again where the stream was there after all', async () => {
    const store = new MemoryEventStore();
    const reads: string[] = [];
    const { read } = store;
    store.read = (stream, after) => {
      reads.push(stream);
      return read.call(store, stream, after);
    };
    await handleCommand(store, counter, 'counter-1', 2, {}, { isNew: true });
    expect(reads).toStrictEqual([]);
    expect(await handleCommand(store, counter, 'counter-1', 3, {}, { isNew: true })).toMatchObject({ state: { value: 5 }, version: 2 });
    expect(reads).toStrictEqual(['counter-1']);
  });

  it('ends with CONFLICT when it loses every race', async () => {
    const store = new MemoryEventStore();
    const raced: Decider<number, CounterEvent, { readonly value: number }> = {
      ...counter,
      decide(by, state) {
        // Somebody who is always faster; each of them moves by one, so the value is the version.
        void store.append('counter-1', state.value, [{ type: 'CounterMoved', data: { by: 1 } }]);
        return counter.decide(by, state);
      },
    };
    await expect(handleCommand(store, raced, 'counter-1', 1, {}, { retries: 2 })).rejects.toMatchObject({
      code: 'CONFLICT',
      extras: { retryAfter: 1 },
    });
    expect(await store.head()).toBe(3);
  });
});

describe('a state that was remembered', () => {
  it('is taken to be so still, until the store or a refusal says that it may not be', async () => {
    const [store, reads] = [new MemoryEventStore(), [] as number[]];
    const read = store.read.bind(store);
    store.read = (stream, after = 0) => {
      reads.push(after);
      return read(stream, after);
    };
    const remembered = new RememberedStates<{ readonly value: number }>(store, 1);
    const move = (by: number, stream = 'counter-1') => handleCommand(store, counter, stream, by, {}, { remembered });
    await move(2);
    expect((await move(1)).state).toEqual({ value: 3 });
    expect(reads).toEqual([0]);
    // Somebody else's, so the store refuses what is decided without it.
    await handleCommand(store, counter, 'counter-1', 3);
    expect((await move(4)).state).toEqual({ value: 10 });
    expect(reads).toEqual([0, 0, 2]);
    // Refused by what is remembered, and right by what there is.
    await handleCommand(store, counter, 'counter-1', 5);
    expect((await move(-15)).state).toEqual({ value: 0 });
    await expect(move(-1)).rejects.toMatchObject({ code: 'CONFLICT' });
    // Nothing to do: what there is now is told all the same.
    await handleCommand(store, counter, 'counter-1', 7);
    expect(await move(0)).toMatchObject({ state: { value: 7 }, events: [] });
    // The place of the only one is taken by another stream: read from its beginning again.
    await move(1, 'counter-2');
    expect((await move(5)).state).toEqual({ value: 12 });
    expect(reads.slice(-2)).toEqual([0, 0]);
  });

  it('is no worse when many move it at once', async () => {
    const store = new MemoryEventStore();
    const remembered = new RememberedStates<{ readonly value: number }>(store, 10);
    await Promise.all(Array.from({ length: 20 }, () => handleCommand(store, counter, 'counter-1', 1, {}, { remembered })));
    expect(await loadState(store, counter, 'counter-1', remembered)).toEqual({ state: { value: 20 }, version: 20 });
  });
});

describe('folding', () => {
  it('reads events of older shapes as events of today', () => {
    const events = [
      { type: 'CounterMoved', data: { steps: 2 } },
      { type: 'CounterMoved', data: { by: 3 } },
    ];
    expect(fold(counter, events)).toEqual({ value: 5 });
  });
});
