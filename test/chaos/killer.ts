/** Kills a random replica at regular times and starts it again, as a cluster does. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ServerProcess } from '../support/replicas.js';

export class Killer {
  kills = 0;
  readonly #stop = new AbortController();
  readonly #finished: Promise<void>;

  constructor(
    private readonly victims: readonly ServerProcess[],
    private readonly everyMs: number,
  ) {
    this.#finished = this.#run();
  }

  /** All of them run when it returns. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#finished;
    await Promise.all(this.victims.map((victim) => victim.untilReady()));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await pause(this.everyMs, undefined, { signal }).catch(() => {});
      const victim = this.victims[Math.floor(Math.random() * this.victims.length)];
      if (signal.aborted || !victim) return;
      await victim.end('SIGKILL');
      this.kills++;
      victim.spawn();
    }
  }
}
