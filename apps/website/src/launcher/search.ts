/** Finds applications by what somebody types, best first, and moves the choice through the tiles. Pure. */
import type { Application } from '../api/types.js';

/** Our groups, by the main categories of the freedesktop menu specification; the first that matches counts. */
const GROUPS = {
  Settings: 'settings',
  Development: 'development',
  Game: 'games',
  Graphics: 'graphics',
  Network: 'internet',
  AudioVideo: 'media',
  Audio: 'media',
  Video: 'media',
  Office: 'office',
  Science: 'science',
  Education: 'education',
  System: 'system',
  Utility: 'accessories',
} as const;
export type Group = (typeof GROUPS)[keyof typeof GROUPS] | 'other';

export function groupOf(application: Application): Group {
  const main = Object.keys(GROUPS).find((category) => application.categories.includes(category));
  return main ? GROUPS[main as keyof typeof GROUPS] : 'other';
}

/** Case and accents do not matter to somebody who searches. */
export const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();

/** 0 is best; undefined does not match. */
function rank(application: Application, query: string): number | undefined {
  const name = fold(application.displayName);
  if (name.startsWith(query)) return 0;
  if (name.split(/[\s\-_.]+/).some((word) => word.startsWith(query))) return 1;
  if (name.includes(query) || fold(application.name).includes(query)) return 2;
  return [...application.keywords, ...application.categories].some((word) => fold(word).startsWith(query)) ? 3 : undefined;
}

export function search(applications: readonly Application[], typed: string, group?: Group): readonly Application[] {
  const query = fold(typed);
  return applications
    .filter((application) => group === undefined || groupOf(application) === group)
    .map((application) => ({ application, rank: query === '' ? 0 : rank(application, query) }))
    .filter((each): each is { application: Application; rank: number } => each.rank !== undefined)
    .sort((a, b) => a.rank - b.rank || a.application.displayName.localeCompare(b.application.displayName))
    .map(({ application }) => application);
}

/** The groups that have something in them, in a fixed order. */
export function groupsOf(applications: readonly Application[]): readonly Group[] {
  const present = new Set(applications.map(groupOf));
  return [...new Set<Group>([...Object.values(GROUPS), 'other'])].filter((group) => present.has(group));
}

/** Where the choice goes with a key, in a grid of so many columns; undefined for keys that do not move it. */
export function moveChoice(key: string, at: number, columns: number, count: number): number | undefined {
  const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
  const step = steps[key];
  if (count === 0 || step === undefined) return undefined;
  const next = at + step;
  if (next >= 0 && next < count) return next;
  // Down from the last full row goes to the last tile, if that is in a row below.
  if (key === 'ArrowDown' && Math.floor(at / columns) < Math.floor((count - 1) / columns)) return count - 1;
  return at;
}
