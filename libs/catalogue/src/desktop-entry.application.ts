/** Decides what a desktop entry is here: an application that people may see, with its command, or nothing. Pure. */
import { type Application, type CatalogueEntry, nameOf } from './application.js';
import { type ExecPart, parseExec } from './desktop-entry.exec.js';
import { booleanOf, type EntryGroup, listOf, localListOf, localTextOf, textOf } from './desktop-entry.parser.js';
import type { Icon } from './machine.icons.js';

/** What an entry needs to know about the machine. */
export interface Machine {
  /** The file of a program, by name on the PATH or by its absolute path; undefined where there is none that can be run. */
  findProgram(program: string): string | undefined;
  /** The file of an icon that browsers can show. */
  findIcon(icon: string): string | undefined;
  readIcon(file: string): Icon | undefined;
}

/** The name under which `OnlyShowIn` and `NotShowIn` would know Deskhand. */
const ENVIRONMENT = 'Deskhand';

/** Belong to a session that Deskhand itself makes: of no use to people inside it. */
const PLUMBING: ReadonlySet<string> = new Set(['openbox', 'pcmanfm-desktop-pref', 'tigervnc', 'vncviewer', 'xtigervncviewer']);

/** Settings of a session that Deskhand does not have, such as another environment's panel. */
const HIDDEN_CATEGORIES: ReadonlySet<string> = new Set(['DesktopSettings', 'HardwareSettings', 'Screensaver', 'X-GNOME-Settings-Panel']);

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
  const iconFile = icon && machine.findIcon(icon);
  return (
    command && {
      name,
      command,
      describe: (locale) => applicationOf(name, group, iconFile !== undefined, locale),
      icon: () => (iconFile === undefined ? undefined : machine.readIcon(iconFile)),
    }
  );
}

function applicationOf(name: string, group: EntryGroup, hasIcon: boolean, locale?: string): Application {
  const comment = localTextOf(group, 'Comment', locale);
  return {
    name,
    displayName: localTextOf(group, 'Name', locale) ?? name,
    ...(comment ? { comment } : {}),
    hasIcon,
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
