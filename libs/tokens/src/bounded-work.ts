/** Runs at most so many pieces of work at a time, the others in the order they came. The callers bound how many wait. */
export class BoundedWork {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(concurrency: number) {
    this.#free = concurrency;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place goes straight to the next one: nobody who comes in between can take it.
      if (next) next();
      else this.#free += 1;
    }
  }
}
