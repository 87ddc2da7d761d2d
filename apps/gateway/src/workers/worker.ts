/** One of several gateway processes, as the process that watches over them sees it: started, asked, found to be dead, ended. */
import { type ChildProcess, fork } from 'node:child_process';
import { DeskhandError, type ErrorCode } from '#libs/common';

/** Set where a process is one of them. */
export const WORKER_VARIABLE = 'DESKHAND_WORKER';
const START_MS = 30_000;
const METRICS_MS = 2_000;
/** It is asked so often whether it lives: one that leaves so many questions in a row without answer stands still and is ended. */
const PULSE_MS = 5_000;
const MOST_UNANSWERED = 5;

/** What a worker says. */
export type WorkerMessage =
  | { readonly kind: 'listening' }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly detail: string }
  | { readonly kind: 'alive' }
  | { readonly kind: 'metrics'; readonly id: number; readonly metrics: object[] };
/** What it is asked. */
export type WorkerQuestion = { readonly kind: 'alive' } | { readonly kind: 'metrics'; readonly id: number };

export class Worker {
  /** Resolves when it listens. Rejects with why it does not: a DeskhandError where it said so itself. */
  readonly started: Promise<void>;
  /** Resolves when the process is no more, with why. */
  readonly gone: Promise<string>;
  readonly #child: ChildProcess;
  readonly #started = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<string>();
  readonly #asked = new Map<number, (metrics: object[]) => void>();
  readonly #timers: readonly NodeJS.Timeout[];
  #questions = 0;
  #unanswered = 0;
  #isListening = false;

  /** @param program what it runs @throws where the system has no room for another process; `started` may tell that as well */
  constructor(program: string, pulseMs = PULSE_MS) {
    this.started = this.#started.promise;
    this.gone = this.#gone.promise;
    this.#child = fork(program, { env: { ...process.env, [WORKER_VARIABLE]: '1' } });
    this.#timers = [setTimeout(() => this.#giveUp(), START_MS), setInterval(() => this.#pulse(), pulseMs)];
    this.#child.on('message', (message: WorkerMessage) => this.#hear(message));
    this.#child.once('exit', (code, signal) => this.#end(new Error(`it ended with ${signal ?? code}`)));
    // Of one that runs it only says that a signal or a message did not arrive.
    this.#child.on('error', (error) => {
      if (this.pid === undefined) this.#end(error);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isListening(): boolean {
    return this.#isListening;
  }

  /** As prom-client gives them for adding up; undefined where it does not answer in time. */
  metrics(): Promise<object[] | undefined> {
    this.#questions += 1;
    const id = this.#questions;
    const { promise, resolve } = Promise.withResolvers<object[] | undefined>();
    const timer = setTimeout(() => resolve(undefined), METRICS_MS);
    this.#asked.set(id, resolve);
    this.#ask({ kind: 'metrics', id });
    return promise.finally(() => {
      clearTimeout(timer);
      this.#asked.delete(id);
    });
  }

  /** Has it drain as a gateway alone would. @param withinMs or it is killed */
  async stop(withinMs: number): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), withinMs);
    await this.gone;
    clearTimeout(timer);
  }

  #hear(message: WorkerMessage): void {
    this.#unanswered = 0;
    if (message.kind === 'metrics') this.#asked.get(message.id)?.(message.metrics);
    if (message.kind === 'failed') this.#started.reject(new DeskhandError(message.code, message.detail));
    if (message.kind !== 'listening') return;
    clearTimeout(this.#timers[0]);
    this.#isListening = true;
    this.#started.resolve();
  }

  #pulse(): void {
    if (!this.#isListening) return;
    if (this.#unanswered >= MOST_UNANSWERED) this.#child.kill('SIGKILL');
    this.#unanswered += 1;
    this.#ask({ kind: 'alive' });
  }

  #giveUp(): void {
    this.#started.reject(new Error(`it did not listen within ${START_MS / 1000} s`));
    this.#child.kill('SIGKILL');
  }

  #end(why: Error): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#isListening = false;
    this.#started.reject(why);
    this.#gone.resolve(why.message);
  }

  /** Whether it arrives is seen by the answer. */
  #ask(question: WorkerQuestion): void {
    this.#child.send(question, () => undefined);
  }
}
