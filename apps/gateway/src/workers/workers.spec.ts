/** Real processes, with small programs in the place of a gateway. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Workers, type WorkersOptions } from './workers.js';

const PATIENT = { timeout: 10_000 };
let folder: string;
let workers: Workers;
let logged: string[];
const { execPath } = process;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskhand-workers-'));
  logged = [];
});
afterEach(async () => {
  process.execPath = execPath;
  await workers.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Each worker first notes its process id, a line each. */
async function start(count: number, code: string, options: Partial<WorkersOptions> = {}): Promise<void> {
  const program = join(folder, 'program.mjs');
  const note = `import { appendFileSync, readFileSync } from 'node:fs'; appendFileSync('${join(folder, 'pids')}', process.pid + '\\n');\n`;
  writeFileSync(program, note + code);
  const logger = { error: (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`) };
  workers = new Workers({ program, logger, ...options });
  await workers.start(count);
}

const pids = (): number[] => readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number);
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const LISTENS = "process.send({ kind: 'listening' }); process.on('message', ({ kind }) => process.send({ kind }));\n";
const STANDS_STILL = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);';
const isFirst = () => `readFileSync('${join(folder, 'pids')}', 'utf8') === process.pid + '\\n'`;

describe('a worker', () => {
  it('that stands still is killed, and another takes its place; one that answers lives', async () => {
    await start(1, `${LISTENS}if (${isFirst()}) ${STANDS_STILL}`, { pulseMs: 50 });
    await expect.poll(pids, PATIENT).toHaveLength(2);
    await expect.poll(() => workers.isServing, PATIENT).toBe(true);
    const [still, next] = pids() as [number, number];
    expect(isRunning(still)).toBe(false);
    expect(logged).toStrictEqual([expect.stringMatching(/another takes its place .*SIGKILL/)]);
    // So many pulses, and nobody was killed for them.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect([isRunning(next), pids().length]).toEqual([true, 2]);
  });

  it('that does not end when it is told to is killed', async () => {
    await start(2, `${LISTENS}process.on('SIGTERM', () => undefined);`, { stopMs: 200 });
    const started = performance.now();
    await workers.stop();
    expect(performance.now() - started).toBeGreaterThanOrEqual(200);
    expect(pids().map(isRunning)).toEqual([false, false]);
  });

  it('that cannot be made at all is told at the start, and nothing is left', async () => {
    process.execPath = join(folder, 'nowhere');
    await expect(start(2, LISTENS)).rejects.toThrow('ENOENT');
    expect(workers.isServing).toBe(false);
  });

  it('whose place cannot be filled is missed aloud, until it can', async () => {
    await start(1, LISTENS);
    process.execPath = join(folder, 'nowhere');
    process.kill(pids()[0] as number, 'SIGKILL');
    await expect.poll(() => workers.isServing, PATIENT).toBe(false);
    await expect.poll(() => logged, PATIENT).toContainEqual(expect.stringMatching(/could not be started; it is tried again .*ENOENT/));
    process.execPath = execPath;
    await expect.poll(() => workers.isServing, PATIENT).toBe(true);
  });
});
