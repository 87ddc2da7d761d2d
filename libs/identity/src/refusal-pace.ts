/** Lets refusals out no sooner than all the others: how long the check took would tell which names there are. */
import { setTimeout as pause } from 'node:timers/promises';
import { DeskhandError } from '#libs/common';
import { LoginRefusal } from './identity-provider.js';

/** So many refusals may be held back at once. */
const MAX_HELD = 1_000;

export class RefusalPace {
  #held = 0;

  /** @param leastMs from the beginning of a check to its refusal; 0: as it comes */
  constructor(private readonly leastMs: number) {}

  /**
   * @param run calls `begun` when the check begins, after whatever queue: without it, its own beginning counts
   * @throws whatever the run throws, a LoginRefusal in its time; DeskhandError `TOO_MANY_REQUESTS` instead of one that there is no room to hold back
   */
  async over<Result>(run: (begun: () => void) => Promise<Result>): Promise<Result> {
    let begunAt = performance.now();
    try {
      return await run(() => {
        begunAt = performance.now();
      });
    } catch (error) {
      if (error instanceof LoginRefusal) await this.#hold(begunAt + this.leastMs - performance.now());
      throw error;
    }
  }

  async #hold(ms: number): Promise<void> {
    if (ms <= 0) return;
    // Let out at once, it would tell what it is held back for.
    if (this.#held >= MAX_HELD) throw new DeskhandError('TOO_MANY_REQUESTS', undefined, { retryAfter: 1 });
    this.#held++;
    await pause(ms).finally(() => this.#held--);
  }
}
