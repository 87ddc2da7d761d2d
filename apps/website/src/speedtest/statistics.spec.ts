import { describe, expect, it } from 'vitest';
import { delayOf, jitterOf, speedNow, speedOverall } from './statistics.js';

/** A mark every 200 ms. */
const steady = (bytesPerSecond: number, ms: number, from = 0) =>
  Array.from({ length: ms / 200 + 1 }, (_, n) => ({ ms: from + n * 200, bytes: (bytesPerSecond * n) / 5 }));

describe('the speed of a line', () => {
  it('is bits a second', () => {
    expect(speedOverall(steady(1_000_000, 4_000))).toBeCloseTo(8_000_000);
    expect(speedNow(steady(1_000_000, 4_000))).toBeCloseTo(8_000_000);
  });

  it('now is that of the last second, overall that behind the warm-up', () => {
    const slow = steady(100_000, 1_600);
    const fast = steady(1_000_000, 2_000, 1_800).map(({ ms, bytes }) => ({ ms, bytes: bytes + 180_000 }));
    expect(speedNow([...slow, ...fast])).toBeCloseTo(8_000_000);
    expect(speedOverall([...slow, ...fast])).toBeGreaterThan(7_000_000);
  });

  it('is nothing before anything came, and what there is before the warm-up is over', () => {
    expect([speedNow([]), speedOverall([]), speedNow([{ ms: 0, bytes: 9 }])]).toEqual([0, 0, 0]);
    expect(speedOverall([{ ms: 500, bytes: 500 }])).toBeCloseTo(8_000);
  });
});

describe('round trips', () => {
  it('have a delay that one late answer does not move', () => {
    expect(delayOf([10, 12, 11, 400, 10])).toBe(11);
    expect(delayOf([10, 20])).toBe(15);
    expect(delayOf([])).toBe(0);
  });

  it('have an unrest of none where all are the same', () => {
    expect(jitterOf([10, 10, 10])).toBe(0);
    expect(jitterOf([10, 14, 10])).toBe(4);
    expect(jitterOf([10])).toBe(0);
  });
});
