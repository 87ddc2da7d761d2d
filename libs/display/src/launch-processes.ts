/** Finds the processes of launches by their marks, whoever started them: this agent, or a container that shares its process namespace. */
import { APPLICATION_VARIABLE, RUN_VARIABLE } from './desktop-environment.js';
import { marked, type ProcessEntry, processIds, readEnvironment, readProcess, readProcesses } from './process-table.js';

/** @param marker of the run, see `runMarker` @param id of the launch; absent: those of all launches */
export function launchProcesses(marker: string, id?: string): ProcessEntry[] {
  const run = `${RUN_VARIABLE}=${marker}`;
  return marked(readProcesses(), (environment) => environment.has(run) && (id ? launchOf(environment) === id : !!launchOf(environment)));
}

/** Ids of the launches that have a process that carries the marks itself: without one there is none by descent either. */
export function launchesInSight(marker: string): ReadonlySet<string> {
  const run = `${RUN_VARIABLE}=${marker}`;
  // Only what is needed, since it is asked for many times a second.
  const environments = processIds().map((pid) => (pid === process.pid ? new Set<string>() : readEnvironment(pid)));
  return new Set(environments.flatMap((environment) => (environment.has(run) ? (launchOf(environment) ?? []) : [])));
}

/** Which launch a process belongs to, by its own mark or that of a process above it. @param isKnown marks may be forged */
export function launchOfProcess(marker: string, pid: number, isKnown: (id: string) => boolean): string | undefined {
  for (let entry = readProcess(pid), steps = 0; entry && steps < 64; entry = readProcess(entry.parent), steps++) {
    if (!entry.environment.has(`${RUN_VARIABLE}=${marker}`)) continue;
    const id = launchOf(entry.environment);
    if (id && isKnown(id)) return id;
  }
  return undefined;
}

function launchOf(environment: ReadonlySet<string>): string | undefined {
  const prefix = `${APPLICATION_VARIABLE}=`;
  for (const variable of environment) if (variable.startsWith(prefix)) return variable.slice(prefix.length);
  return undefined;
}
