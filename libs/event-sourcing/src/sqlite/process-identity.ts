/** Names a process so that others can tell whether it still lives: what a killed server held is free when it starts again, not some time later. */
import { readFileSync, readlinkSync } from 'node:fs';

const UNKNOWN = 'unknown';

/** Where and when process ids mean what they mean here: this boot of this kernel, this pid namespace. */
function here(): string {
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${readlinkSync('/proc/self/ns/pid')}`;
}

/** When the process started, in ticks since boot: tells it from a later one with the same id. Undefined for one that is dead. */
function startOf(pid: string): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // proc(5): the name in brackets may hold anything; after it come the state (field 3) and, as field 22, the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

/** This process; `unknown` where there is no procfs. */
export function identifyProcess(): string {
  try {
    return `${here()}/${process.pid}/${startOf('self')}`;
  } catch {
    return UNKNOWN;
  }
}

/** Whether that process has certainly ended; false whenever it cannot be told from here. */
export function hasEnded(identity: string): boolean {
  const mine = identifyProcess();
  if (mine === UNKNOWN || identity === UNKNOWN) return false;
  const [boot, namespace, pid, start] = identity.split('/');
  const [myBoot, myNamespace] = mine.split('/');
  return boot === myBoot && namespace === myNamespace && pid !== undefined && startOf(pid) !== start;
}
