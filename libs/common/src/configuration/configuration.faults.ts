/** Turns what the schema finds into sentences for the person who wrote the file: which setting, what is wrong, what belongs there. */
import type { z } from 'zod';
import { settings } from './configuration.settings.js';
import type { Fault } from './configuration.sources.js';

/** One fault a setting; an unknown setting comes with the known one that looks like it. */
export function faultsOf(error: z.ZodError): readonly Fault[] {
  return error.issues.flatMap((issue) => {
    const path = pathOf(issue.path);
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: path === '' ? key : `${path}.${key}`, message: `unknown setting${suggestion(path, key)}` }));
    return [{ path, message: messageOf(issue, path) }];
  });
}

const pathOf = (keys: readonly PropertyKey[]): string =>
  keys.reduce<string>(
    (path, key) => (typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${String(key)}`),
    '',
  );

const placeOf = (path: string): string => path.replaceAll(/\[\d+\]/g, '[]');

function messageOf(issue: z.core.$ZodIssue, path: string): string {
  const setting = settings.find((candidate) => candidate.path === placeOf(path));
  const expected = setting ? `; expected: ${setting.type}` : '';
  const absent = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  if (absent) return `is missing${expected}`;
  if (issue.code === 'custom') return issue.message;
  const ofForm = issue.code === 'invalid_union' && issue.errors.flat().find(({ code }) => code === 'invalid_format');
  if (ofForm) return `is not valid; expected: ${ofForm.message}`;
  if (issue.code === 'invalid_union') return `is missing or not a known kind${expected}`;
  if (issue.code === 'invalid_format') return `is not valid; expected: ${issue.message}`;
  return `${issue.message.replace(/^Invalid (input|option): /, '')}${expected}`;
}

/** The keys that may stand under a path. */
function keysUnder(path: string): readonly string[] {
  const prefix = path === '' ? '' : `${placeOf(path)}.`;
  return settings
    .filter((setting) => setting.path.startsWith(prefix))
    .map((setting) => setting.path.slice(prefix.length))
    .filter((key) => /^\w+$/.test(key));
}

function suggestion(path: string, key: string): string {
  const known = keysUnder(path);
  const nearest = known.map((candidate) => ({ candidate, distance: editDistance(key.toLowerCase(), candidate.toLowerCase()) }));
  const best = nearest.sort((a, b) => a.distance - b.distance)[0];
  if (best && best.distance <= Math.ceil(key.length / 3)) return `; did you mean "${best.candidate}"?`;
  return known.length > 0 ? `; known here: ${known.join(', ')}` : '';
}

/** Levenshtein's distance; keys are short, and longer ones are cut. */
function editDistance(a: string, b: string): number {
  const [left, right] = [a.slice(0, 60), b.slice(0, 60)];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
