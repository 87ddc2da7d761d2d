/** Finds and ends processes of a desktop by what /proc says of them (proc(5)): pids alone are reused and prove nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import type { DesktopRun } from '../runtime.js';

/** Every process of a desktop carries this in its environment; the value is `<desktop>/<run>@<folder>`. */
const MARKER = 'DESKHAND_RUN';

/** Whether `pid` is an agent that was started with this configuration file. */
export function isAgent(pid: number, configFile: string): boolean {
  return readNulls(`/proc/${pid}/cmdline`).includes(configFile) && !isZombie(pid);
}

/** The agent that was started with this configuration file, for when nobody wrote its pid down. */
export function findAgent(configFile: string): number | undefined {
  return pids().find((pid) => isAgent(pid, configFile));
}

/** Kills what a desktop left behind when its agent could not. */
export function killMarked({ desktop, run }: DesktopRun, folder: string): void {
  const marker = `${MARKER}=${desktop}/${run}@${folder}`;
  for (const pid of pids()) {
    if (pid !== process.pid && readNulls(`/proc/${pid}/environ`).includes(marker)) kill(pid, 'SIGKILL');
  }
}

/** Without effect when the process has gone. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const pids = (): number[] => readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));

/** Empty for processes that have gone or are somebody else's. */
function readNulls(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return true;
  }
}
