/** What processes cost, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';
import { eventually } from '../support/eventually.js';

const CLOCK_TICKS_PER_SECOND = 100;
export const MEBI = 1024 * 1024;

/** Resident memory in bytes. */
export const rss = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** Of user and system so far. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

/** The youngest process of that name, also in the containers of this machine, and when it began: milliseconds since the epoch, to a hundredth of a second. */
export function newestProcess(name: string): { readonly pid: number; readonly began: number } {
  const bootedAt = Date.now() - Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
  const found = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      const stat = readIfThere(`/proc/${pid}/stat`);
      const [ticks] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(19);
      return stat.includes(`(${name})`) ? [{ pid: Number(pid), began: bootedAt + (Number(ticks) / CLOCK_TICKS_PER_SECOND) * 1000 }] : [];
    });
  return found.reduce((newest, each) => (each.began > newest.began ? each : newest));
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** After garbage collection and whatever a start leaves behind: some seconds later. */
export async function settledRss(pid: number): Promise<number> {
  const seen: number[] = [];
  await eventually(() => {
    seen.push(rss(pid));
    if (seen.length < 60) throw new Error('still settling');
  });
  return seen.at(-1) ?? Number.NaN;
}
