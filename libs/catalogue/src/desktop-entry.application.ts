/** Decides what a desktop entry is here: an application that people may see, with its command, or nothing. Pure. */
import { type ExecPart, parseExec } from './desktop-entry.exec.js';
import { booleanOf, type EntryGroup, listOf, localListOf, localTextOf, textOf } from './desktop-entry.parser.js';

/** An application as callers see it. */
export interface Application {
  /** Its desktop file id without `.desktop`, of letters, digits, `.`, `_` and `-`: stays the same on every machine. */
  readonly name: string;
  readonly displayName: string;
  readonly comment?: string;
  /** Whether `Catalogue.iconOf` has one. */
  readonly hasIcon: boolean;
  readonly categories: readonly string[];
  readonly keywords: readonly string[];
  readonly mimeTypes: readonly string[];
  /** How it runs: `local` applications are programs of this machine. */
  readonly engine: 'local';
}

/** One entry that may be started, as the catalogue keeps it. */
export interface CatalogueEntry {
  readonly name: string;
  readonly group: EntryGroup;
  readonly command: readonly ExecPart[];
  /** Where its icon lies; undefined where there is none that browsers can show. */
  readonly iconFile: string | undefined;
}

/** What an entry needs to know about the machine. */
export interface Machine {
  /** The file of a program, by name on the PATH or by its absolute path; undefined where there is none that can be run. */
  findProgram(program: string): string | undefined;
  findIcon(icon: string): string | undefined;
}

/** The name under which `OnlyShowIn` and `NotShowIn` would know Deskhand. */
const ENVIRONMENT = 'Deskhand';

/** Belong to a session that Deskhand itself makes: of no use to people inside it. */
const PLUMBING: ReadonlySet<string> = new Set(['openbox', 'pcmanfm-desktop-pref', 'tigervnc', 'vncviewer', 'xtigervncviewer']);

/** Settings of a session that Deskhand does not have, such as another environment's panel. */
const HIDDEN_CATEGORIES: ReadonlySet<string> = new Set(['DesktopSettings', 'HardwareSettings', 'Screensaver', 'X-GNOME-Settings-Panel']);

/** `id` with only the characters that file names, URLs and streams take as they are; at most 100 of them. */
export function nameOf(id: string): string {
  return id
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 100);
}

/** The entry, or undefined for what cannot be started here or is not meant for the eyes of people. */
export function entryOf(id: string, file: string, group: EntryGroup, machine: Machine): CatalogueEntry | undefined {
  const name = nameOf(id);
  if (name === '' || PLUMBING.has(name) || !isShown(group) || !isInstalled(group, machine)) return undefined;
  const displayName = localTextOf(group, 'Name');
  const exec = textOf(group, 'Exec');
  if (!displayName || !exec) return undefined;
  const icon = localTextOf(group, 'Icon') || undefined;
  const parts = parseExec(exec, { icon, displayName, file });
  const command = parts && commandFor(parts, displayName, booleanOf(group, 'Terminal'), machine);
  return command && { name, group, command, iconFile: icon && machine.findIcon(icon) };
}

/** The application in the reader's language (BCP 47). */
export function applicationOf(entry: CatalogueEntry, locale?: string): Application {
  const { name, group } = entry;
  const comment = localTextOf(group, 'Comment', locale);
  return {
    name,
    displayName: localTextOf(group, 'Name', locale) ?? name,
    ...(comment ? { comment } : {}),
    hasIcon: entry.iconFile !== undefined,
    categories: listOf(group, 'Categories'),
    keywords: localListOf(group, 'Keywords', locale),
    mimeTypes: listOf(group, 'MimeType'),
    engine: 'local',
  };
}

function isShown(group: EntryGroup): boolean {
  if (textOf(group, 'Type') !== 'Application' || booleanOf(group, 'NoDisplay') || booleanOf(group, 'Hidden')) return false;
  if (listOf(group, 'Categories').some((category) => HIDDEN_CATEGORIES.has(category))) return false;
  if (group.has('OnlyShowIn') && !listOf(group, 'OnlyShowIn').includes(ENVIRONMENT)) return false;
  return !listOf(group, 'NotShowIn').includes(ENVIRONMENT);
}

function isInstalled(group: EntryGroup, machine: Machine): boolean {
  const tried = textOf(group, 'TryExec');
  return !tried || machine.findProgram(tried) !== undefined;
}

function commandFor(parts: readonly ExecPart[], title: string, inTerminal: boolean, machine: Machine): readonly ExecPart[] | undefined {
  const [first, ...rest] = parts;
  const program = first && 'text' in first ? machine.findProgram(first.text) : undefined;
  if (program === undefined) return undefined;
  if (!inTerminal) return [{ text: program }, ...rest];
  const terminal = machine.findProgram('xterm');
  return terminal === undefined
    ? undefined
    : [{ text: terminal }, { text: '-T' }, { text: title }, { text: '-e' }, { text: program }, ...rest];
}
