/** Reads a `.desktop` file's text (Desktop Entry Specification 1.5). Pure: what the machine makes of it stands in desktop-entry.application.ts. */

/** Key to value, as written: keys keep their locale, `Name[fr]`. */
export type EntryGroup = ReadonlyMap<string, string>;

/** A file with more keys than this is not a desktop entry but a mistake. */
const MAX_KEYS = 5_000;

/** The group `[Desktop Entry]`; undefined where there is none. Lines that are neither comment, group nor `key=value` are passed over. */
export function parseDesktopEntry(text: string): EntryGroup | undefined {
  let keys: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\[([^[\]]+)\]\s*$/.exec(line)?.[1];
    if (header !== undefined && keys) break;
    if (header === 'Desktop Entry') keys = new Map();
    const [, key, value] = /^([A-Za-z0-9-]+(?:\[[^\]]+\])?)\s*=\s*(.*)$/.exec(line) ?? [];
    // The first of two equal keys counts.
    if (keys && key !== undefined && value !== undefined && !keys.has(key)) keys.set(key, value.trimEnd());
    if (keys && keys.size > MAX_KEYS) return undefined;
  }
  return keys;
}

/** A text without its escapes; undefined where the key is absent. */
export function textOf(group: EntryGroup, key: string): string | undefined {
  const value = group.get(key);
  return value === undefined ? undefined : unescaped(value);
}

/** `true` counts, and the `1` of old files; anything else is false. */
export function booleanOf(group: EntryGroup, key: string): boolean {
  return ['true', '1'].includes(group.get(key) ?? '');
}

/** A list's texts, parted at `;` where it is not escaped. */
export function listOf(group: EntryGroup, key: string): readonly string[] {
  return splitList(group.get(key) ?? '');
}

/** The text for a reader: `Name[fr_BE]`, then `Name[fr]`, then `Name`. */
export function localTextOf(group: EntryGroup, key: string, locale?: string): string | undefined {
  const name = localKeys(key, locale).find((candidate) => group.has(candidate));
  return name === undefined ? undefined : textOf(group, name);
}

export function localListOf(group: EntryGroup, key: string, locale?: string): readonly string[] {
  const name = localKeys(key, locale).find((candidate) => group.has(candidate));
  return name === undefined ? [] : listOf(group, name);
}

/** A reader's locale comes as BCP 47 (`sr-Latn-RS`), an entry's as POSIX (`sr_RS@latin`): the modifier of a script counts where it has one. */
function localKeys(key: string, locale: string | undefined): readonly string[] {
  const [, language, script, country] = /^([a-z]{2,3})(?:-([A-Z][a-z]{3}))?(?:-([A-Z]{2}))?$/.exec(locale ?? '') ?? [];
  if (language === undefined) return [key];
  const modifier = script === 'Latn' ? '@latin' : script === 'Cyrl' ? '@cyrillic' : '';
  const suffixes = [
    ...(country && modifier ? [`_${country}${modifier}`] : []),
    ...(country ? [`_${country}`] : []),
    ...(modifier ? [modifier] : []),
    '',
  ];
  return [...suffixes.map((suffix) => `${key}[${language}${suffix}]`), key];
}

const ESCAPES: Readonly<Record<string, string>> = { s: ' ', n: '\n', t: '\t', r: '\r', '\\': '\\', ';': ';' };

const unescaped = (value: string): string => value.replaceAll(/\\(.)/g, (sequence, character: string) => ESCAPES[character] ?? sequence);

function splitList(value: string): readonly string[] {
  return (value.match(/(?:\\.|[^;\\])+/g) ?? []).map((item) => unescaped(item).trim()).filter((item) => item !== '');
}
