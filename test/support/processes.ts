/** Which processes of a desktop are on this machine: the truth about "no process stays". */
import { readdirSync, readFileSync } from 'node:fs';

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** Processes that carry the marker of the desktop's run in their environment. */
export function processesOf(desktop: string, run: number): readonly FoundProcess[] {
  return markedProcesses().filter(({ marker }) => marker.startsWith(`${desktop}/${run}@`));
}

/** The agent of a run: the oldest of those that look like it, as a child of its own does until it has become another program. */
export function agentOf(desktop: string, run: number): number {
  return Math.min(
    ...processesOf(desktop, run)
      .filter(({ command }) => command.includes('agent.mjs'))
      .map(({ pid }) => pid),
  );
}

/** Processes of any desktop, with the marker `<desktop>/<run>@<folder>`. */
export function markedProcesses(): readonly (FoundProcess & { readonly marker: string })[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const marker = read(`/proc/${name}/environ`)
        .split('\0')
        .find((entry) => entry.startsWith('DESKHAND_RUN='))
        ?.slice('DESKHAND_RUN='.length);
      return marker === undefined
        ? []
        : [{ pid: Number(name), command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim(), marker }];
    });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
