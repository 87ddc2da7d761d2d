/** What processes cost, from /proc. */
import { readFileSync } from 'node:fs';
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

/** After garbage collection and whatever a start leaves behind: some seconds later. */
export async function settledRss(pid: number): Promise<number> {
  const seen: number[] = [];
  await eventually(() => {
    seen.push(rss(pid));
    if (seen.length < 60) throw new Error('still settling');
  });
  return seen.at(-1) ?? Number.NaN;
}
