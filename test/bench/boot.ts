/** What a start costs until its first answer: each server as it is shipped, beside a bare Node. Processor time of the process, which is what a killed replica is missed for. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { median, type Result } from './bench.js';
import { cpuSeconds } from './measure.js';

const ROUNDS = 7;
const AIM_MS = 700;
/** After so long a process has kept what was compiled for it. */
const KEPT_AFTER_MS = 6_000;

const PROGRAMS = { 'control plane': 'dist/server/api.mjs', standalone: 'dist/server/standalone.mjs', gateway: 'dist/gateway/gateway.mjs' };

interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** @param livesMs how long it lives at least */
async function start(program: string, configuration: string, livesMs = 0): Promise<Cost> {
  const port = await freePort();
  const from = performance.now();
  const environment = { PATH: process.env.PATH, DESKHAND_CONFIG: configuration, DESKHAND_PORT: String(port) };
  const child = spawn(process.execPath, [resolve(program)], { env: environment, stdio: 'ignore' });
  try {
    // A gateway says 503 until it has found a control plane: it answers, and that is what is measured.
    await eventually(() => fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(5_000) }), 60_000);
    const cost = { cpuMs: 1000 * cpuSeconds(child.pid as number), wallMs: performance.now() - from };
    await new Promise((next) => setTimeout(next, livesMs));
    return cost;
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function bareNode(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'console.log(process.cpuUsage().user + process.cpuUsage().system)']);
  const [text] = await once(child.stdout, 'data');
  return Number(text) / 1000;
}

export async function benchBoot(): Promise<readonly Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'deskhand-bench-'));
  try {
    const configuration = join(folder, 'deskhand.yaml');
    const providers = [{ kind: 'anonymous', id: 'anonymous', displayName: 'Anonymous', demo: true }];
    const gateway = { api: [`http://127.0.0.1:${await freePort()}`] };
    writeFileSync(configuration, stringify({ data: join(folder, 'data'), gateway, identity: { providers }, log: { level: 'error' } }));
    for (const program of Object.values(PROGRAMS)) await start(program, configuration, KEPT_AFTER_MS);
    const costs = new Map(Object.keys(PROGRAMS).map((name) => [name, [] as Cost[]]));
    const floor: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, program] of Object.entries(PROGRAMS)) costs.get(name)?.push(await start(program, configuration));
      floor.push(await bareNode());
    }
    return [...costs].flatMap(([name, all]) => {
      const cpuMs = median(all.map((cost) => cost.cpuMs));
      return [
        {
          metric: `${name}: CPU until it answers`,
          unit: 'ms',
          ours: cpuMs,
          floor: median(floor),
          aim: `<= ${AIM_MS}`,
          met: cpuMs <= AIM_MS,
        },
        { metric: `${name}: time until it answers`, unit: 'ms', ours: median(all.map(({ wallMs }) => wallMs)) },
      ];
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
