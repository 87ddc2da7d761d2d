/** The time that one login has for everything that it asks of a directory, and its parts. A number that is looked at, as nearly all answers come in time. */

export class Deadline {
  /** Milliseconds, monotonic. */
  #end: number;

  constructor(milliseconds: number) {
    this.#end = performance.now() + milliseconds;
  }

  get isOver(): boolean {
    return performance.now() >= this.#end;
  }

  /** @param parts how many tries what is left has to be enough for; this is the first of them */
  part(parts: number): Deadline {
    return parts <= 1 ? this : new Deadline(this.#left() / parts);
  }

  /**
   * What comes of the work, which nobody stops.
   * @param late makes what is thrown when the time is over before
   */
  async race<Result>(work: Promise<Result>, late: () => Error): Promise<Result> {
    const { promise: over, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      // Timers count whole milliseconds: this one may be early by a part of one.
      this.#end = Number.NEGATIVE_INFINITY;
      reject(late());
    }, this.#left());
    try {
      return await Promise.race([work, over]);
    } finally {
      clearTimeout(timer);
    }
  }

  #left(): number {
    return Math.max(0, this.#end - performance.now());
  }
}
