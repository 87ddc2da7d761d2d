/** Stops asking whoever does not answer: after some failures in a row everybody is told at once, and one tries again from time to time. Time is data. */
import { DeskhandError } from '#libs/common';

const FAILURES = 3;
const FIRST_REST_MS = 5_000;
const LONGEST_REST_MS = 60_000;

export class CircuitBreaker {
  #failures = 0;
  /** Milliseconds since the epoch. */
  #openUntil = 0;
  #isTrying = false;
  /** Of those that are on their way. */
  readonly #giveUps = new Set<(reason: DeskhandError) => void>();

  /** Seconds until somebody may try again; undefined while all may. */
  restSeconds(now: number): number | undefined {
    return this.#failures < FAILURES ? undefined : Math.max(1, Math.ceil((this.#openUntil - now) / 1000));
  }

  /** @throws DeskhandError `PROVIDER_UNAVAILABLE` with the seconds to wait */
  check(now: number): void {
    const retryAfter = this.restSeconds(now);
    if (retryAfter !== undefined && (this.#isTrying || now < this.#openUntil))
      throw new DeskhandError('PROVIDER_UNAVAILABLE', undefined, { retryAfter });
  }

  /**
   * @param clock milliseconds since the epoch
   * @throws DeskhandError `PROVIDER_UNAVAILABLE` without running it, while it rests; whatever it throws, of which only that code is a failure
   */
  async run<Result>(run: () => Promise<Result>, clock: () => number): Promise<Result> {
    this.check(clock());
    const isTrial = this.#failures >= FAILURES;
    const { promise: opened, reject: giveUp } = Promise.withResolvers<never>();
    if (isTrial) this.#isTrying = true;
    else this.#giveUps.add(giveUp);
    try {
      const result = await Promise.race([run(), opened]);
      this.#failures = 0;
      return result;
    } catch (error) {
      if (error instanceof DeskhandError && error.code === 'PROVIDER_UNAVAILABLE') this.#failed(clock(), isTrial);
      else this.#failures = 0;
      throw error;
    } finally {
      if (isTrial) this.#isTrying = false;
      this.#giveUps.delete(giveUp);
    }
  }

  #failed(now: number, isTrial: boolean): void {
    // Those that were on their way when it opened tell nothing new.
    if (this.#failures >= FAILURES && !isTrial) return;
    this.#failures++;
    if (this.#failures < FAILURES) return;
    this.#openUntil = now + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (this.#failures - FAILURES));
    // Whoever has been let through between the failures would otherwise wait for as long as those did, after they had waited in the queue.
    const reason = new DeskhandError('PROVIDER_UNAVAILABLE', undefined, { retryAfter: this.restSeconds(now) });
    for (const tell of this.#giveUps) tell(reason);
  }
}
