/** Lets only so many things happen at once and so many more wait, so that a flood of logins cannot take all of the machine. */
import { DeskhandError } from '#libs/common';

export class Turnstile {
  #inside = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly abreast: number,
    private readonly places: number,
  ) {}

  /**
   * Runs it when its turn has come.
   * @throws DeskhandError `TOO_MANY_REQUESTS` when the queue is full
   */
  async pass<Result>(run: () => Promise<Result>): Promise<Result> {
    if (this.#inside < this.abreast) this.#inside++;
    else if (this.#waiting.length >= this.places) throw new DeskhandError('TOO_MANY_REQUESTS', undefined, { retryAfter: 5 });
    // Whoever leaves hands the place on: nobody who comes later can take it.
    else await new Promise<void>((enter) => this.#waiting.push(enter));
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inside--;
    }
  }
}
