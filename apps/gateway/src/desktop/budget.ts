/** How many bytes a second somebody may have: a token bucket that says how long to wait. */

/** A pause shorter than this is not worth a timer. */
const SHORTEST_MS = 5;
/** Of one second's worth a single read takes so little that the many connections of one user do not wait long for each other. */
const SHARE_OF_READ = 1 / 64;

export class Budget {
  readonly #bytesPerMs: number;
  /** Up to one second's worth is saved. */
  #saved: number;
  #at: number;

  /** @param saved what may go at once */
  constructor(bytesPerSecond: number, saved: number, nowMs = performance.now()) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#saved = saved;
    this.#at = nowMs;
  }

  /** Bytes that may be read at once. */
  get readBytes(): number {
    return this.#bytesPerMs * 1000 * SHARE_OF_READ;
  }

  /** Whether a second's worth is saved again. */
  isFull(nowMs = performance.now()): boolean {
    return this.#saved + (nowMs - this.#at) * this.#bytesPerMs >= this.#bytesPerMs * 1000;
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
