/** Starts a program that the desktop cannot be without, in a session of its own, and says in one sentence how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { DeskhandError } from '#libs/common';
import { TextRing } from './text-ring.js';
import { cleanText } from './untrusted-text.js';

export interface ProgramOptions {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What beside standard error the program gets. */
  readonly extra?: readonly 'pipe'[];
}

export class Program {
  readonly child: ChildProcess;
  readonly log = new TextRing(64 * 1024);
  /** Resolves with how it ended; never rejects. */
  readonly ended: Promise<DeskhandError | string>;
  readonly #name: string;

  constructor(name: string, argv: readonly string[], { folder, environment, extra = [] }: ProgramOptions) {
    this.#name = name;
    // Its own session: a Ctrl-C meant for whoever started the agent must not reach it.
    this.child = spawn(name, argv, { cwd: folder, env: environment, detached: true, stdio: ['ignore', 'ignore', 'pipe', ...extra] });
    this.child.stderr?.on('data', (chunk: Buffer) => this.log.write(chunk)).on('error', () => {});
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error: NodeJS.ErrnoException) => resolve(spawnFailure(name, error, folder)));
      // `close` and not `exit`: its last words are still in the pipe at `exit`. But a child of it may hold the pipe open.
      this.child.once('exit', (code, signal) => {
        const end = () => resolve(this.#describe(code, signal));
        this.child.once('close', end);
        setTimeout(end, 200);
      });
    });
  }

  get running(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** TERM, and KILL when that was not heard within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (!this.running) return;
    this.child.kill('SIGTERM');
    const kill = setTimeout(() => this.child.kill('SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(kill);
  }

  #describe(code: number | null, signal: string | null): string {
    const words = this.log.lastLines(3).map((line) => cleanText(line, 200));
    return `${this.#name} ended with ${signal ?? `exit code ${code}`}${words.length > 0 ? `: ${words.join(' | ')}` : ''}.`;
  }
}

/** Why a program could not be started at all. */
export function spawnFailure(name: string, error: NodeJS.ErrnoException, folder: string): DeskhandError {
  // spawn() says ENOENT for a missing working directory as well.
  if (error.code === 'ENOENT' && existsSync(folder))
    return new DeskhandError('PROGRAM_MISSING', `The program ${cleanText(name)} is not installed.`);
  return new DeskhandError('PROGRAM_MISSING', `The program ${cleanText(name)} cannot be started (${error.code}).`);
}
