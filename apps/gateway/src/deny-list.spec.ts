import { describe, expect, it } from 'vitest';
import { DenyList } from './deny-list.js';

const holder = { sessionId: 's1', desktop: 'd1', run: 1 };

describe('the deny-list', () => {
  it('denies by session, by desktop in every run, and by one run only', () => {
    const denials = [
      { session: 's1' },
      { desktop: 'd1' },
      { desktop: 'd1', run: 1 },
      { session: 's2' },
      { desktop: 'd2' },
      { desktop: 'd1', run: 2 },
    ];
    const outcomes = denials.map((denied) => {
      const list = new DenyList();
      list.deny(denied);
      return list.denies(holder);
    });
    expect(outcomes).toEqual([true, true, true, false, false, false]);
  });

  it('forgets when no token can be left that it was for', () => {
    const list = new DenyList();
    list.deny({ session: 's1' }, 0);
    expect(list.denies(holder, 300_000)).toBe(true);
    expect(list.denies(holder, 360_000)).toBe(false);
  });

  it.each([
    [0, 200_000],
    [200_000, 0],
  ])('counts from the newest denial, in whatever order they are heard: %i, %i', (...times) => {
    const list = new DenyList();
    for (const time of times) list.deny({ session: 's1' }, time);
    expect(list.denies(holder, 400_000)).toBe(true);
  });

  it('stays bounded: the oldest give way', () => {
    const list = new DenyList();
    for (let n = 0; n <= 100_000; n += 1) list.deny({ session: `s${n}` }, 0);
    expect([list.denies({ ...holder, sessionId: 's0' }, 0), list.denies({ ...holder, sessionId: 's1' }, 0)]).toEqual([false, true]);
  });

  it('tells who listens, after the fact, until they stop', () => {
    const list = new DenyList();
    const seen: boolean[] = [];
    const stop = list.onDeny(() => seen.push(list.denies(holder)));
    list.deny({ session: 's1' });
    stop();
    list.deny({ session: 's2' });
    expect(seen).toEqual([true]);
  });
});
