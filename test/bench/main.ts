/** Runs one benchmark: `npm run bench -- <name> [--option value] [--json]`. For people a table; with --json the last line is one object. */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Bench, Result } from './bench.js';

interface Entry {
  readonly load: () => Promise<Bench>;
  /** Names of the options that it takes beside --json, each with a value. */
  readonly options?: readonly string[];
}

const benches: Readonly<Record<string, Entry>> = {
  gateway: { load: async () => (await import('./gateway/gateway.js')).benchGateway, options: ['scenario'] },
  events: { load: async () => (await import('./events.js')).benchEvents, options: ['store', 'entries'] },
  login: { load: async () => (await import('./login.js')).benchLogin },
  'desktop-start': { load: async () => (await import('./desktop-start.js')).benchDesktopStart, options: ['runtime'] },
  'application-start': { load: async () => (await import('./application-start.js')).benchApplicationStart },
  sessions: { load: async () => (await import('./sessions.js')).benchSessions },
  boot: { load: async () => (await import('./boot.js')).benchBoot },
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

function usage(error?: unknown): never {
  const names = Object.entries(benches).map(([name, { options = [] }]) =>
    [name, ...options.map((option) => `[--${option} ...]`)].join(' '),
  );
  console.error(`${error instanceof Error ? `${error.message}\n` : ''}npm run bench -- <name> [--json]\nnames: ${names.join(', ')}`);
  process.exit(2);
}

/** What follows the bench's name, but for --json. */
function optionsOf(args: readonly string[], { options = [] }: Entry): Readonly<Record<string, string>> {
  try {
    const known = Object.fromEntries(options.map((option) => [option, { type: 'string' as const }]));
    return parseArgs({ args: args.filter((argument) => argument !== '--json'), options: known }).values as Record<string, string>;
  } catch (error) {
    usage(error);
  }
}

const [name = '', ...args] = process.argv.slice(2);
const entry = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (!entry) usage();
const options = optionsOf(args, entry);
const results = await (await entry.load())(options);
if (args.includes('--json')) {
  const rounded = results.map((result) => ({
    ...result,
    ours: round(result.ours),
    ...(result.floor ? { floor: round(result.floor) } : {}),
  }));
  console.log(JSON.stringify({ bench: name, commit: commit(), cpus: availableParallelism(), results: rounded }));
} else {
  console.table(results.map(toRow));
}
