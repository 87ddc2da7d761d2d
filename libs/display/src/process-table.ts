/** Finds the processes of a desktop in /proc: Node cannot adopt orphans, so what left its group is known by its environment or its parents. */
import { readdirSync, readFileSync } from 'node:fs';
import { RUN_VARIABLE } from './desktop-environment.js';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** `NAME=value` entries; empty when it belongs to somebody else. */
  readonly environment: ReadonlySet<string>;
}

/** @param stat content of /proc/PID/stat, whose second field may hold anything, brackets too; undefined for a process that has ended */
export function parseStat(stat: string): Omit<ProcessEntry, 'environment'> | undefined {
  const [state, parent, group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X' || session === undefined) return undefined;
  return { pid: Number.parseInt(stat, 10), parent: Number(parent), group: Number(group), session: Number(session) };
}

/** @returns undefined when there is no such process (any more) */
export function readProcess(pid: number): ProcessEntry | undefined {
  try {
    const entry = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return entry && { ...entry, environment: readEnvironment(pid) };
  } catch {
    return undefined;
  }
}

/** @returns `NAME=value` entries; none for a process that has ended or belongs to somebody else */
export function readEnvironment(pid: number): ReadonlySet<string> {
  try {
    return new Set(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0'));
  } catch {
    return new Set();
  }
}

export function processIds(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

export function readProcesses(): ProcessEntry[] {
  return processIds().flatMap((pid) => readProcess(pid) ?? []);
}

type Mark = (environment: ReadonlySet<string>) => boolean;

/** The processes that carry the mark, and those that descend from or share a session with one that does. */
export function marked(processes: readonly ProcessEntry[], mark: Mark, self = process.pid): ProcessEntry[] {
  const others = processes.filter(({ pid }) => pid !== self);
  const found = new Set(others.filter(({ environment }) => mark(environment)));
  const own = processes.find(({ pid }) => pid === self)?.session;
  const pids = new Set([...found].map(({ pid }) => pid));
  // 0 stands for every session that began outside this pid namespace.
  const sessions = new Set([...found].map(({ session }) => session).filter((session) => session !== own && session !== 0));
  for (let grown = true; grown; ) {
    grown = false;
    for (const entry of others) {
      if (found.has(entry) || !(pids.has(entry.parent) || sessions.has(entry.session))) continue;
      found.add(entry);
      pids.add(entry.pid);
      grown = true;
    }
  }
  return [...found];
}

/** Ends processes, politely first. @param find looks again each time, since they may start others meanwhile @returns how many stayed */
export async function endProcesses(find: () => readonly ProcessEntry[], graceMs: number): Promise<number> {
  signal(find(), 'SIGTERM');
  if (await gone(find, graceMs)) return 0;
  for (let round = 0; round < 20; round++) {
    signal(find(), 'SIGKILL');
    if (await gone(find, 100)) return 0;
  }
  return find().length;
}

async function gone(find: () => readonly ProcessEntry[], withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  for (let pause = 5; find().length > 0; pause = Math.min(2 * pause, 100)) {
    if (performance.now() >= until) return false;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return true;
}

function signal(processes: readonly ProcessEntry[], name: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, name);
    } catch {
      // It has just ended by itself.
    }
  }
}

/** Ends all that is left of a run whose agent is gone; the X server included. @param marker see `runMarker` @returns how many stayed */
export function endRun(marker: string, graceMs = 3_000): Promise<number> {
  return endProcesses(() => marked(readProcesses(), (environment) => environment.has(`${RUN_VARIABLE}=${marker}`)), graceMs);
}
