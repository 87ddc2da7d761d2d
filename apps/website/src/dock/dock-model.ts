/** What stands in the dock, made of the catalogue, what is pinned, what was started, and the windows. Pure. */
import type { Application, DesktopWindow, Launch } from '../api/types.js';

export interface DockItem {
  /** Stable: the application's name, or the class of windows that belong to none. */
  readonly key: string;
  readonly name: string;
  readonly icon?: string | undefined;
  /** Missing for windows of programs that are not in the catalogue. */
  readonly application?: Application | undefined;
  readonly pinned: boolean;
  readonly status: 'idle' | 'starting' | 'running';
  readonly launches: readonly Launch[];
  readonly windows: readonly DesktopWindow[];
}

export interface DockSources {
  /** Names of applications, in order. */
  readonly pinned: readonly string[];
  readonly applications: readonly Application[];
  readonly launches: readonly Launch[];
  readonly windows: readonly DesktopWindow[];
}

const LIVE: readonly Launch['status'][] = ['requested', 'starting', 'running'];
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** A window tells its launch; one that a program opened by itself is known by its class at best. */
function ownerOf(window: DesktopWindow, { launches, applications }: DockSources): string {
  const launch = launches.find(({ id }) => id === window.application);
  if (launch) return launch.application;
  const known = applications.find(({ name, displayName }) => same(window.class, name) || same(window.class, displayName));
  return known?.name ?? `class ${window.class}`;
}

function statusOf(launches: readonly Launch[], windows: readonly DesktopWindow[]): DockItem['status'] {
  if (windows.length > 0 || launches.some(({ status }) => status === 'running')) return 'running';
  return launches.length > 0 ? 'starting' : 'idle';
}

/** Pinned first in their order, then what runs, in the order in which it came. */
export function dockItems(sources: DockSources): readonly DockItem[] {
  const { pinned, applications } = sources;
  const live = sources.launches.filter(({ status }) => LIVE.includes(status));
  const owners = sources.windows.map((window) => ownerOf(window, sources));
  const known = new Map(applications.map((application) => [application.name, application]));
  const keys = new Set([...pinned.filter((name) => known.has(name)), ...live.map(({ application }) => application), ...owners]);
  return [...keys].map((key) => {
    const application = known.get(key);
    const windows = sources.windows.filter((_, index) => owners[index] === key);
    const launches = live.filter((launch) => launch.application === key);
    const first = windows[0];
    return {
      key,
      name: application?.displayName ?? (first ? first.class || first.title : key),
      icon: application?.icon ?? undefined,
      application,
      pinned: pinned.includes(key),
      status: statusOf(launches, windows),
      launches,
      windows,
    };
  });
}

export type Click =
  | { readonly do: 'launch'; readonly application: string }
  | { readonly do: 'activate'; readonly window: string }
  | { readonly do: 'nothing' };

/** What a click does: start, bring to the front, or go on to its next window. */
export function clickOn(item: DockItem): Click {
  const at = item.windows.findIndex(({ active }) => active);
  const next = item.windows[(at + 1) % Math.max(1, item.windows.length)];
  if (next) return { do: 'activate', window: next.id };
  if (item.status === 'starting' || !item.application) return { do: 'nothing' };
  return { do: 'launch', application: item.application.name };
}

const WELCOME = ['TerminalEmulator', 'FileManager', 'WebBrowser', 'TextEditor'];

/** For somebody who has pinned nothing yet: one of each that nearly everybody needs. */
export function firstPins(applications: readonly Application[]): readonly string[] {
  const picks = WELCOME.map((category) => applications.find(({ categories }) => categories.includes(category))?.name);
  return [...new Set(picks.filter((name) => name !== undefined))];
}

/**
 * Launches that were on their way at the last look and have failed since: their users wait for a window that will not come.
 *
 * @param shown ids of the launches that have had a window: how these end is seen, and nobody else's business
 */
export function newlyFailed(before: readonly Launch[], now: readonly Launch[], shown: ReadonlySet<string>): readonly Launch[] {
  const waiting = before.filter(({ status }) => LIVE.includes(status)).map(({ id }) => id);
  const isFailure = ({ id, status, exitCode = 0 }: Launch) =>
    status === 'failed' || (status === 'exited' && exitCode !== 0 && !shown.has(id));
  return now.filter((launch) => waiting.includes(launch.id) && isFailure(launch));
}
