/** The laws of failing to log in: a few are free, the last ones before a ban wait, and time forgives. */
import { describe, expect, it } from 'vitest';
import { AttemptPolicy, type Failures } from './attempt.policy.js';

const policy = new AttemptPolicy({ failures: 5, waitSeconds: 600 });
const MINUTE = 60_000;

/** After failures at these times (minutes). */
const failing = (kind: 'account' | 'address', ...minutes: number[]): Failures | undefined =>
  minutes.reduce<Failures | undefined>((known, minute) => policy.failed(kind, known, minute * MINUTE), undefined);
const times = (count: number, minute = 0) => Array<number>(count).fill(minute);

describe('an account', () => {
  it.each([
    [0, 0],
    [1, 125],
    [2, 250],
    [3, 500],
    [4, 1000],
  ])('after %i wrong passwords waits %i ms for the next', (count, delay) => {
    const known = failing('account', ...times(count));
    expect(policy.delayMs('account', known, 0)).toBe(delay);
    expect(policy.isTooMuch('account', known, 0)).toBe(false);
  });
  it('after five is over the limit', () => expect(policy.isTooMuch('account', failing('account', ...times(5)), 0)).toBe(true));
  it('is over it too when the five took four minutes', () =>
    expect(policy.isTooMuch('account', failing('account', 0, 1, 2, 3, 3.9), 3.9 * MINUTE)).toBe(true));
  it('is not when they took half an hour', () =>
    expect(policy.isTooMuch('account', failing('account', 0, 7, 14, 21, 28), 28 * MINUTE)).toBe(false));
  it('is forgiven in the end, however often it failed', () => {
    const known = failing('account', ...times(100));
    expect(policy.delayMs('account', known, 23 * MINUTE)).toBeGreaterThan(0);
    expect(policy.delayMs('account', known, 24 * MINUTE)).toBe(0);
  });
  it('gains nothing from a clock that goes back', () =>
    expect(policy.isTooMuch('account', failing('account', 10, 9, 8, 7, 6), 5 * MINUTE)).toBe(true));
  it('never waits without a failure, however few are free', () =>
    expect(new AttemptPolicy({ failures: 1, waitSeconds: 600 }).delayMs('account', undefined, 0)).toBe(0));
});

describe('an address', () => {
  it('may fail ten times as often, as many people may be behind it', () => {
    expect(policy.delayMs('address', failing('address', ...times(46)), 0)).toBe(125);
    expect(policy.isTooMuch('address', failing('address', ...times(49)), 0)).toBe(false);
    expect(policy.isTooMuch('address', failing('address', ...times(50)), 0)).toBe(true);
  });
  it('is not banned for the usual mistakes of an office, all day long', () => {
    const oneAMinute = Array.from({ length: 600 }, (_, minute) => minute);
    expect(policy.isTooMuch('address', failing('address', ...oneAMinute), 600 * MINUTE)).toBe(false);
  });
});
