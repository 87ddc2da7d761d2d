/** The load and the backend run as processes of their own and are asked by messages, so that a proxy's CPU is nobody else's. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Long enough for the longest step of any scenario on a busy machine. */
const ANSWER_MS = 10 * 60_000;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** What a worker can be asked, by name. */
export type Skills = Readonly<Record<string, (argument: never) => unknown>>;
type Argument<Skill> = Skill extends (argument: infer A) => unknown ? A : never;
type Value<Skill> = Skill extends (argument: never) => infer R ? Awaited<R> : never;

/** The asking half. */
export class Worker<Known extends Skills> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #asked = 0;

  constructor(file: string) {
    this.#child = fork(fileURLToPath(new URL(file, import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', ({ id, value, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value as never);
      else waiting?.reject(new Error(error));
    });
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${file} has ended`));
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  ask<Name extends keyof Known & string>(name: Name, argument: Argument<Known[Name]>): Promise<Value<Known[Name]>> {
    this.#asked += 1;
    const id = this.#asked;
    const { promise, resolve, reject } = Promise.withResolvers<Value<Known[Name]>>();
    const timer = setTimeout(() => reject(new Error(`${name} took longer than ${ANSWER_MS / 1000} s`)), ANSWER_MS);
    this.#waiting.set(id, { resolve, reject });
    this.#child.send({ id, name, argument } satisfies Question);
    return promise.finally(() => clearTimeout(timer));
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

/** The answering half. */
export function answerWith(skills: Skills): void {
  process.on('message', async ({ id, name, argument }: Question) => {
    try {
      const value = await (skills[name] as (argument: unknown) => unknown)(argument);
      process.send?.({ id, value } satisfies Answer);
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) } satisfies Answer);
    }
  });
  process.on('disconnect', () => process.exit(0));
}
