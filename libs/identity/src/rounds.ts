/** Something that is done again and again, one round after the other: a round that fails is told in the log, and the next one comes all the same. */
import { Logger } from '@nestjs/common';

export class Rounds {
  readonly #logger = new Logger('identity');
  #timer?: NodeJS.Timeout;
  #round: Promise<void> | undefined;

  /** @param failed what the log says of a round that throws */
  constructor(
    private readonly round: (now: number) => Promise<void>,
    private readonly failed: string,
  ) {}

  /** A round that takes longer than the time between two puts off the next one. */
  start(everyMs: number): void {
    this.#timer = setInterval(() => void this.run(), everyMs);
  }

  /** Now, or with the round that is under way. */
  run(): Promise<void> {
    this.#round ??= this.round(Date.now())
      .catch((error: unknown) => this.#logger.warn({ msg: this.failed, err: error }))
      .finally(() => {
        this.#round = undefined;
      });
    return this.#round;
  }

  /** Returns when no round is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#round;
  }
}
