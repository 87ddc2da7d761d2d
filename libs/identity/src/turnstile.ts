/** Lets only so many things happen at once and so many more wait, so that a flood of logins cannot take all of the machine. */
import { DeskhandError } from '#libs/common';

export class Turnstile {
  #inside = 0;
  /** In the order in which they came. */
  readonly #waiting = new Set<() => void>();

  constructor(
    private readonly abreast: number,
    private readonly places: number,
    private readonly longestWaitMs: number,
  ) {}

  /**
   * Runs it when its turn has come.
   * @param run is told whether it had to wait
   * @throws DeskhandError `TOO_MANY_REQUESTS` when the queue is full or does not move
   */
  async pass<Result>(run: (hasWaited: boolean) => Promise<Result>): Promise<Result> {
    const hasWaited = this.#inside >= this.abreast;
    if (!hasWaited) this.#inside++;
    else if (this.#waiting.size >= this.places) throw tooMany();
    else await this.#wait();
    try {
      return await run(hasWaited);
    } finally {
      // Whoever leaves hands the place on: nobody who comes later can take it.
      const [next] = this.#waiting;
      if (next) {
        this.#waiting.delete(next);
        next();
      } else this.#inside--;
    }
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(enter);
        reject(tooMany());
      }, this.longestWaitMs);
      const enter = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.add(enter);
    });
  }
}

const tooMany = (): DeskhandError => new DeskhandError('TOO_MANY_REQUESTS', undefined, { retryAfter: 5 });
