/** What samples of a line say: speeds from bytes over time, delay and its unrest from round trips. Pure. */

/** Bytes that had come in all by a moment, in milliseconds since the beginning. */
export interface Mark {
  readonly ms: number;
  readonly bytes: number;
}

/** How far back "now" reaches. */
const WINDOW_MS = 1_000;
/** A connection that has just begun is slower than the line: what comes before this does not count. */
export const WARM_UP_MS = 1_500;

/** Bits a second between two marks. */
const rate = (from: Mark, to: Mark): number => (to.ms > from.ms ? ((to.bytes - from.bytes) * 8_000) / (to.ms - from.ms) : 0);

/** Bits a second of the last second. */
export function speedNow(marks: readonly Mark[]): number {
  const last = marks.at(-1);
  if (!last) return 0;
  return rate(marks.find(({ ms }) => ms >= last.ms - WINDOW_MS) ?? last, last);
}

/** Bits a second of all that counts; before the warm-up is over, of all that there is. */
export function speedOverall(marks: readonly Mark[]): number {
  const last = marks.at(-1);
  const first = marks.find(({ ms }) => ms >= WARM_UP_MS);
  if (!last) return 0;
  return first && first !== last ? rate(first, last) : rate({ ms: 0, bytes: 0 }, last);
}

/** Milliseconds there and back: the median, which one late answer does not move. */
export function delayOf(roundTrips: readonly number[]): number {
  const sorted = [...roundTrips].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Milliseconds by which a round trip differs from the one before, on average. */
export function jitterOf(roundTrips: readonly number[]): number {
  if (roundTrips.length < 2) return 0;
  const steps = roundTrips.slice(1).map((ms, index) => Math.abs(ms - (roundTrips[index] ?? ms)));
  return steps.reduce((sum, step) => sum + step, 0) / steps.length;
}
