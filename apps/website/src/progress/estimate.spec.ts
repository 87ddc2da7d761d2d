import { describe, expect, it } from 'vitest';
import { estimate, share, withStart } from './estimate.js';

describe('the estimate of a start', () => {
  it('is the median of the past ones', () => {
    expect(estimate([3000, 60_000, 2000])).toBe(3000);
  });

  it('is unknown without past ones, and blind to nonsense', () => {
    expect(estimate([])).toBeUndefined();
    expect(estimate([Number.NaN, -1, 0])).toBeUndefined();
  });

  it('forgets old starts', () => {
    expect(withStart([1, 2, 3, 4, 5, 6, 7, 8, 9], 10.4)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('moves on for ever and never arrives by itself', () => {
    const shares = [0, 500, 800, 1000, 2000].map((elapsed) => share(elapsed, 1000));
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[0]).toBe(0);
    expect(shares.at(-1)).toBeLessThan(1);
  });
});
