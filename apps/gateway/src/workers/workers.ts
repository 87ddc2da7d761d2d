/**
 * Several gateway processes on one port, each with a core of its own. They listen side by side (SO_REUSEPORT) and the kernel deals the
 * connections: nothing of a connection ever crosses from one process to another. This process only watches over them.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { DEFAULT_LIMITS, type GatewayLogger } from '../gateway.options.js';
import { Worker } from './worker.js';

const RESTART_MS = 1_000;
/** Where workers cannot be started, as with keys that cannot be read. */
const LONGEST_RESTART_MS = 30_000;
/** A worker that drains is done long before. */
const STOP_MS = DEFAULT_LIMITS.closeMs + 5_000;

export interface WorkersOptions {
  /** What each of them runs. */
  readonly program: string;
  /** Told of each that ended by itself, and of each that could not take its place. */
  readonly logger: Pick<GatewayLogger, 'error'>;
  /** How often each is asked whether it lives, and how long the last word of one may take, in milliseconds. */
  readonly pulseMs?: number;
  readonly stopMs?: number;
}

export class Workers {
  readonly #options: WorkersOptions;
  readonly #workers = new Set<Worker>();
  readonly #ending = new AbortController();

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  /** Whether anybody takes connections. */
  get isServing(): boolean {
    return !this.#isEnding && [...this.#workers].some(({ isListening }) => isListening);
  }

  /** Resolves when all of them listen. @throws why the first of them cannot */
  async start(count: number): Promise<void> {
    try {
      const workers = await Promise.all(Array.from({ length: count }, () => this.#startOne()));
      for (const worker of workers) void this.#replace(worker);
    } catch (error) {
      // Half a gateway would look like a whole one to whoever started it.
      await this.stop();
      throw error;
    }
  }

  /** Of each, as prom-client gives them for adding up; of those that answer in time. */
  async metrics(): Promise<object[]> {
    const serving = [...this.#workers].filter(({ isListening }) => isListening);
    const answers = await Promise.all(serving.map((worker) => worker.metrics()));
    return answers.filter((answer) => answer !== undefined);
  }

  /** Each drains as a gateway alone would; one that does not is killed. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all([...this.#workers].map((worker) => worker.stop(this.#options.stopMs ?? STOP_MS)));
  }

  get #isEnding(): boolean {
    return this.#ending.signal.aborted;
  }

  async #startOne(): Promise<Worker> {
    const worker = new Worker(this.#options.program, this.#options.pulseMs);
    this.#workers.add(worker);
    void worker.gone.then(() => this.#workers.delete(worker));
    await worker.started;
    return worker;
  }

  /** Another one takes its place whenever it ends, and another one that one's. */
  async #replace(first: Worker): Promise<void> {
    for (let worker: Worker | undefined = first; worker; worker = await this.#startAnother()) {
      const why = await worker.gone;
      if (!this.#isEnding) this.#options.logger.error({ pid: worker.pid, why }, 'a worker has ended; another takes its place');
    }
  }

  /** @returns undefined where all are to end */
  async #startAnother(): Promise<Worker | undefined> {
    for (let failures = 0; ; failures += 1) {
      const restMs = Math.min(RESTART_MS * 2 ** failures, LONGEST_RESTART_MS);
      await pause(restMs, undefined, { signal: this.#ending.signal }).catch(() => undefined);
      if (this.#isEnding) return undefined;
      try {
        return await this.#startOne();
      } catch (error) {
        if (!this.#isEnding) this.#options.logger.error({ err: error }, 'a worker could not be started; it is tried again');
      }
    }
  }
}
