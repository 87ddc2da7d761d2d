/** A queue of keys: each is worked on by one worker at a time, however often it is added, and comes back after failures with growing pauses. */

export interface ReconcileQueueOptions {
  /** Keys worked on at once. */
  readonly concurrency: number;
  /** Works on a key; returns when to work on it again at the latest (milliseconds since the epoch), or undefined when it is done. */
  work(key: string): Promise<number | undefined>;
  /** Told of each failure; the key comes back by itself. */
  onFailure(key: string, error: unknown, nextInMs: number): void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 15_000;

export class ReconcileQueue {
  readonly #options: ReconcileQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  /** Added again while being worked on: what was read may be old. */
  readonly #dirty = new Set<string>();
  readonly #later = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>();
  readonly #failures = new Map<string, number>();
  #closed = false;

  constructor(options: ReconcileQueueOptions) {
    this.#options = options;
  }

  /** Works on the key as soon as a worker is free. */
  add(key: string): void {
    if (this.#closed) return;
    this.#forgetTimer(key);
    if (this.#running.has(key)) this.#dirty.add(key);
    else this.#waiting.add(key);
    this.#next();
  }

  /** Works on the key then, or earlier if something adds it. */
  addAt(key: string, at: number): void {
    if (this.#closed) return;
    const planned = this.#later.get(key);
    if (planned && planned.at <= at) return;
    this.#forgetTimer(key);
    const timer = setTimeout(() => this.add(key), Math.max(0, Math.min(at - Date.now(), 2 ** 31 - 1)));
    this.#later.set(key, { at, timer });
  }

  /** Takes nothing new and resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#later.values()) clearTimeout(timer);
    this.#later.clear();
    this.#waiting.clear();
    await Promise.allSettled(this.#running.values());
  }

  #forgetTimer(key: string): void {
    clearTimeout(this.#later.get(key)?.timer);
    this.#later.delete(key);
  }

  #next(): void {
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#options.concurrency) return;
      this.#waiting.delete(key);
      this.#running.set(
        key,
        this.#run(key).finally(() => {
          this.#running.delete(key);
          if (this.#dirty.delete(key)) this.add(key);
          else this.#next();
        }),
      );
    }
  }

  async #run(key: string): Promise<void> {
    try {
      const again = await this.#options.work(key);
      this.#failures.delete(key);
      if (again !== undefined) this.addAt(key, again);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
      this.#options.onFailure(key, error, pause);
      this.addAt(key, Date.now() + pause);
    }
  }
}
