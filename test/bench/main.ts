/** Runs one benchmark: `npm run bench -- <name> [--json]`. For people a table; with --json the last line is one object. */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Bench, Result } from './bench.js';

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  events: async () => (await import('./events.js')).benchEvents,
  'desktop-start': async () => (await import('./desktop-start.js')).benchDesktopStart,
};

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], { encoding: 'utf8', timeout: 5000 }).trim();
  } catch {
    return 'unknown';
  }
}

const round = (value: number): number => Number(value.toPrecision(4));

function toRow({ metric, unit, ours, floor, peers, aim, met }: Result) {
  const verdict = met === undefined ? '' : met ? 'yes' : 'NO';
  return { metric, unit, ours: round(ours), floor: floor === undefined ? '' : round(floor), ...peers, aim: aim ?? '', met: verdict };
}

const [name = '', ...flags] = process.argv.slice(2);
const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (!load || flags.some((flag) => flag !== '--json')) {
  console.error(`usage: npm run bench -- <name> [--json]\nnames: ${Object.keys(benches).join(', ')}`);
  process.exit(2);
}
const results = await (await load())();
if (flags.includes('--json')) {
  const rounded = results.map((result) => ({
    ...result,
    ours: round(result.ours),
    ...(result.floor ? { floor: round(result.floor) } : {}),
  }));
  console.log(JSON.stringify({ bench: name, commit: commit(), cpus: availableParallelism(), results: rounded }));
} else {
  console.table(results.map(toRow));
}
