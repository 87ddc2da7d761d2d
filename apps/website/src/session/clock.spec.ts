import { describe, expect, it } from 'vitest';
import { dueAt, isDue, lifeOf, waitFor } from './clock.js';

describe('the clock of a token', () => {
  const life = lifeOf(90, 1_000);

  it('is due at two thirds of its life', () => {
    expect(dueAt(life)).toBe(61_000);
    expect(isDue(life, 60_999)).toBe(false);
    expect(isDue(life, 61_000)).toBe(true);
  });

  it('waits exactly until then, but never longer than a minute in one go', () => {
    expect(waitFor(life, 31_000)).toBe(30_000);
    expect(waitFor(lifeOf(900, 0), 0)).toBe(60_000);
  });

  it('does not wait when it is overdue, for example after the machine slept', () => {
    expect(waitFor(life, 10_000_000)).toBe(0);
  });

  it('leaves a pause after a renewal that nobody answered', () => {
    expect(waitFor(life, 10_000_000, true)).toBe(5_000);
  });

  it('is never due without a token', () => {
    expect(isDue(undefined, 10_000_000)).toBe(false);
  });

  it('treats a negative life as one that is over', () => {
    expect(isDue(lifeOf(-5, 1_000), 1_000)).toBe(true);
  });
});
