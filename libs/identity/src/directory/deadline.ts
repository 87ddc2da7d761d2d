/** The time that one login has for everything that it asks of a directory, and its parts. */

export class Deadline {
  readonly signal: AbortSignal;
  /** Milliseconds, monotonic. */
  readonly #end: number;

  constructor(milliseconds: number) {
    this.#end = performance.now() + milliseconds;
    this.signal = AbortSignal.timeout(milliseconds);
  }

  /** @param parts how many tries what is left has to be enough for; this is the first of them */
  part(parts: number): AbortSignal {
    if (parts <= 1) return this.signal;
    const left = Math.max(0, this.#end - performance.now());
    return AbortSignal.any([this.signal, AbortSignal.timeout(Math.ceil(left / parts))]);
  }
}
