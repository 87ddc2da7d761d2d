/** How many bytes a second somebody may have: a token bucket that says how long to wait. */

/** A pause shorter than this is not worth a timer. */
const SHORTEST_MS = 5;

export class Budget {
  readonly #bytesPerMs: number;
  /** Up to one second's worth is saved. */
  #saved: number;
  #at: number;

  constructor(bytesPerSecond: number, nowMs = performance.now()) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#saved = bytesPerSecond;
    this.#at = nowMs;
  }

  /** Takes the bytes, which have gone already. @returns milliseconds to wait before the next ones, mostly 0 */
  spend(bytes: number, nowMs = performance.now()): number {
    this.#saved = Math.min(this.#bytesPerMs * 1000, this.#saved + (nowMs - this.#at) * this.#bytesPerMs) - bytes;
    this.#at = nowMs;
    const wait = -this.#saved / this.#bytesPerMs;
    return wait < SHORTEST_MS ? 0 : wait;
  }
}

/** Several budgets are one: whoever has to wait longest counts. */
export const spendAll = (budgets: readonly Budget[], bytes: number): number =>
  budgets.reduce((wait, budget) => Math.max(wait, budget.spend(bytes)), 0);
