/** When tokens are renewed: at two thirds of their life, so that one failed try still leaves time for more. Pure; times are epoch milliseconds. */
export interface TokenLife {
  readonly renewedAt: number;
  readonly expiresAt: number;
}

export const lifeOf = (expiresInSeconds: number, now: number): TokenLife => ({
  renewedAt: now,
  expiresAt: now + Math.max(0, expiresInSeconds) * 1000,
});

export const dueAt = (life: TokenLife): number => life.renewedAt + ((life.expiresAt - life.renewedAt) * 2) / 3;

/** A browser timer holds 31 bits, and a sleeping machine stops it: never wait longer than this in one go. */
const LONGEST_WAIT = 60_000;
/** After a renewal that failed because nobody answered. */
const AFTER_FAILURE = 5_000;

/** Milliseconds until the next look at the clock; `failed` when the last renewal did not get through. */
export function waitFor(life: TokenLife | undefined, now: number, failed = false): number {
  if (!life) return LONGEST_WAIT;
  return Math.min(LONGEST_WAIT, Math.max(failed ? AFTER_FAILURE : 0, dueAt(life) - now));
}

export const isDue = (life: TokenLife | undefined, now: number): boolean => life !== undefined && now >= dueAt(life);
