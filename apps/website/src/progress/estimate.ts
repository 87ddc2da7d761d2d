/** How long a start usually takes, learned from the past ones in this browser. */
import { recall, remember } from '../app/memory.js';

const KEY = 'starts';
const KEPT = 9;

/** The median: one slow start does not make all look slow. Undefined without any. */
export function estimate(starts: readonly number[]): number | undefined {
  const sorted = starts.filter((each) => Number.isFinite(each) && each > 0).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Share of the expected time that is over, as a bar shows it: it slows down instead of standing at the end. */
export function share(elapsed: number, expected: number): number {
  const ratio = Math.max(0, elapsed) / expected;
  return ratio <= 0.8 ? ratio : 1 - 0.2 * Math.exp(-(ratio - 0.8) / 0.2);
}

export const withStart = (starts: readonly number[], milliseconds: number): readonly number[] =>
  [...starts, Math.round(milliseconds)].slice(-KEPT);

const stored = (): readonly number[] => {
  const starts = recall<unknown>(KEY);
  return Array.isArray(starts) ? starts.map(Number) : [];
};
export const expectedStart = (): number | undefined => estimate(stored());
export const rememberStart = (milliseconds: number): void => remember(KEY, withStart(stored(), milliseconds));
