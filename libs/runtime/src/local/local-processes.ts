/** Finds processes of desktops by what /proc says of them (proc(5)): pids alone are reused and prove nothing. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { RUN_VARIABLE } from '#libs/display';

/** Whether `pid` is an agent that was started with this configuration file. */
export function isAgent(pid: number, configFile: string): boolean {
  return readNulls(`/proc/${pid}/cmdline`).includes(configFile) && !isZombie(pid);
}

/** The agent that was started with this configuration file, for when nobody wrote its pid down. */
export function findAgent(configFile: string): number | undefined {
  return pids().find((pid) => isAgent(pid, configFile));
}

/** The marks of all runs of which a process lives, of whichever installation: see `runMarker`. */
export function liveMarkers(): ReadonlySet<string> {
  const prefix = `${RUN_VARIABLE}=`;
  const marks = pids().flatMap((pid) => readNulls(`/proc/${pid}/environ`).filter((entry) => entry.startsWith(prefix)));
  return new Set(marks.map((mark) => mark.slice(prefix.length)));
}

/** Kills whatever runs as a user that only one desktop has: also what has cleared its environment. */
export function killUser(uid: number): void {
  for (const pid of pids()) if (statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid) kill(pid, 'SIGKILL');
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
const readNulls = (path: string): readonly string[] => read(path)?.split('\0') ?? [];

function isZombie(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat === undefined || stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
}

/** @throws what says nothing about the process, such as that this server has no descriptor left */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
