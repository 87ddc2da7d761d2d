/** Processes beside the test's own that use the same event store, so that they can be killed or stalled for real. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';

/** A process that tests start, and what it says line by line. */
export class Child {
  readonly lines: string[] = [];
  readonly process: ChildProcess;
  #rest = '';
  #errors = '';
  constructor(command: string, ...arguments_: readonly string[]) {
    this.process = spawn(command, arguments_, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout?.on('data', (chunk) => {
      const lines = (this.#rest + chunk).split('\n');
      this.#rest = lines.pop() ?? '';
      this.lines.push(...lines);
    });
    this.process.stderr?.on('data', (chunk) => {
      this.#errors += chunk;
    });
  }
  /** What it wrote to its standard error if it failed. */
  async ended(): Promise<string> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'close');
    return this.process.exitCode === 0 ? '' : this.#errors;
  }
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended();
  }
}

/** Builds the program of these processes, beside the project, as it needs the project's packages. @returns its path, in a folder of its own to be removed */
export async function buildChild(): Promise<string> {
  const dir = join(projectFolder(), '.data', `event-store-child-${process.pid}`);
  mkdirSync(dir, { recursive: true });
  const build = await rolldown({
    input: join(projectFolder(), 'test/contracts/event-store.child.ts'),
    platform: 'node',
    logLevel: 'silent',
    external: /^[a-z@](?!:)(?!.*\.ts$)/,
    resolve: { conditionNames: ['source', 'node', 'import', 'default'] },
  });
  await build.write({ dir, entryFileNames: 'child.mjs', chunkFileNames: '[name]-[hash].mjs' });
  await build.close();
  return join(dir, 'child.mjs');
}
