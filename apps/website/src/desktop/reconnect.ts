/** How a lost connection comes back: how long to wait before each try, and what an answer on the way means. Pure. */
import { isPassing, isSignedOut, type Problem } from '../api/problem.js';

/** Milliseconds before try 0, 1, 2 ...: at once, then growing, then steady. */
const PAUSES = [0, 500, 1_000, 2_000, 4_000, 7_000, 10_000];
/** A restart throws everybody off in the same instant: they shall not all come back in the same instant. */
const SPREAD = 0.2;

/** @param chance between 0 and 1 */
export function pauseBefore(attempt: number, chance: number): number {
  const pause = PAUSES[Math.min(attempt, PAUSES.length - 1)] ?? 0;
  return Math.round(pause * (1 - SPREAD * chance));
}

/** `retry`: later; `look`: the desktop itself has to be asked; `over`: not by waiting. */
export type Verdict = 'retry' | 'look' | 'signed-out' | 'over';

/** What a refused desktop token means. */
export function verdictOn(problem: Problem): Verdict {
  if (isSignedOut(problem)) return 'signed-out';
  if (problem.code === 'DESKTOP_NOT_READY') return 'look';
  return isPassing(problem) ? 'retry' : 'over';
}

/** Probes that nobody answers until the line counts as dead, although the socket still says that it is open. */
export const DEAF_PROBES = 2;

/** Above this round trip, in milliseconds, people notice, and the page says so by itself. */
export const SLOW_MS = 400;
