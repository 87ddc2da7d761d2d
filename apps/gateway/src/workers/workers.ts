/**
 * Several gateway processes on one port, each with a core of its own. They listen side by side (SO_REUSEPORT) and the kernel deals the
 * connections: nothing of a connection ever crosses from one process to another. This process only watches over them.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { DeskhandError, type ErrorCode } from '#libs/common';

/** Set where a process is one of them. */
export const WORKER_VARIABLE = 'DESKHAND_WORKER';
const START_MS = 30_000;
const RESTART_MS = 1_000;
const ANSWER_MS = 2_000;

/** What a worker says. */
export type WorkerMessage =
  | { readonly kind: 'listening' }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly detail: string }
  | { readonly kind: 'metrics'; readonly id: number; readonly metrics: object[] };
/** What it is asked. */
export type WorkerQuestion = { readonly kind: 'metrics'; readonly id: number };

export class Workers {
  readonly #program: string;
  readonly #onDied: (pid: number) => void;
  readonly #children = new Set<ChildProcess>();
  #asked = 0;
  #isEnding = false;

  /** @param program what each runs @param onDied told of one that ended by itself; another takes its place */
  constructor(program: string, onDied: (pid: number) => void) {
    this.#program = program;
    this.#onDied = onDied;
  }

  get isServing(): boolean {
    return !this.#isEnding && this.#children.size > 0;
  }

  /** Resolves when all of them listen. @throws why the first of them cannot */
  async start(count: number): Promise<void> {
    try {
      await Promise.all(Array.from({ length: count }, () => this.#startOne()));
    } catch (error) {
      // Half a gateway would look like a whole one to whoever started it.
      await this.stop();
      throw error;
    }
  }

  /** Of each, as prom-client gives them for adding up; of those that answer in time. */
  async metrics(): Promise<object[]> {
    const answers = await Promise.all([...this.#children].map((child) => this.#ask(child)));
    return answers.filter((answer) => answer !== undefined);
  }

  /** Each drains as a gateway alone would. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(
      [...this.#children].map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        await exited;
      }),
    );
  }

  async #startOne(): Promise<void> {
    const child = fork(this.#program, { env: { ...process.env, [WORKER_VARIABLE]: '1' } });
    this.#children.add(child);
    let isListening = false;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
    child.on('message', (message: WorkerMessage) => {
      if (message.kind === 'failed') reject(new DeskhandError(message.code, message.detail));
      if (message.kind !== 'listening') return;
      clearTimeout(timer);
      isListening = true;
      resolve();
    });
    child.once('exit', () => {
      clearTimeout(timer);
      this.#children.delete(child);
      if (!isListening) return reject(new Error('a worker did not start'));
      if (!this.#isEnding) this.#replace(child.pid as number);
    });
    await promise;
  }

  #replace(pid: number): void {
    this.#onDied(pid);
    const again = (): void => {
      if (!this.#isEnding) this.#startOne().catch(() => setTimeout(again, RESTART_MS));
    };
    setTimeout(again, RESTART_MS);
  }

  #ask(child: ChildProcess): Promise<object[] | undefined> {
    this.#asked += 1;
    const id = this.#asked;
    const { promise, resolve } = Promise.withResolvers<object[] | undefined>();
    const onMessage = (message: WorkerMessage): void => {
      if (message.kind === 'metrics' && message.id === id) resolve(message.metrics);
    };
    const timer = setTimeout(() => resolve(undefined), ANSWER_MS);
    child.on('message', onMessage);
    child.send({ kind: 'metrics', id } satisfies WorkerQuestion, () => undefined);
    return promise.finally(() => {
      clearTimeout(timer);
      child.off('message', onMessage);
    });
  }
}
