/** The applications that people may start, read from the machine's `.desktop` files and kept up to date. */
import { type AuthenticatedUser, type Configuration, DeskhandError } from '#libs/common';
import { type Application, applicationOf, type CatalogueEntry, entryOf, type Machine } from './desktop-entry.application.js';
import { fillArguments } from './desktop-entry.exec.js';
import { findEntryFiles, readEntryFile } from './desktop-entry.folders.js';
import { parseDesktopEntry } from './desktop-entry.parser.js';
import { findIcon, type Icon, readIcon } from './machine.icons.js';
import { findProgram } from './machine.programs.js';

/** What a catalogue decides by: the user's labels alone. */
export type Starter = Pick<AuthenticatedUser, 'labels'>;

export interface CatalogueFilter {
  /** Every word of it must stand in the name, the comment, the keywords or the categories; case and accents do not matter. */
  readonly query?: string;
  /** One of the application's categories, such as `Graphics`. */
  readonly category?: string;
  /** Reader's language, BCP 47. */
  readonly locale?: string;
}

/** How long the folders count as unchanged. */
const FRESH_MS = 3_000;

export class Catalogue {
  readonly #configuration: Configuration['catalogue'];
  readonly #machine: Machine;
  #entries: ReadonlyMap<string, CatalogueEntry> = new Map();
  #stamp: string | undefined;
  #checkedAt = Number.NEGATIVE_INFINITY;

  /** @param clock milliseconds that only grow */
  constructor(
    configuration: Configuration['catalogue'],
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.#configuration = configuration;
    this.#machine = { findProgram: (program) => findProgram(program), findIcon: (icon) => findIcon(icon, configuration.folders) };
  }

  /** What the user may start, by display name. */
  list(user: Starter, { query = '', category, locale }: CatalogueFilter = {}): readonly Application[] {
    const words = fold(query).split(/\s+/).filter(Boolean);
    return [...this.#current().values()]
      .filter((entry) => this.mayStart(user, entry.name))
      .map((entry) => applicationOf(entry, locale))
      .filter((application) => category === undefined || application.categories.includes(category))
      .filter((application) => matches(application, words))
      .sort((a, b) => a.displayName.localeCompare(b.displayName, locale) || (a.name < b.name ? -1 : 1));
  }

  /** The application, whoever may start it. */
  find(name: string, locale?: string): Application | undefined {
    const entry = this.#current().get(name);
    return entry && applicationOf(entry, locale);
  }

  /** Whether `catalogue.restrict` lets the user start it: where several of its rules name the application, each must. */
  mayStart(user: Starter, name: string): boolean {
    if (!this.#current().has(name)) return false;
    const rules = this.#configuration.restrict.filter((rule) => rule.applications.includes(name));
    return rules.every((rule) => rule.labels.some((label) => user.labels.includes(label)));
  }

  /**
   * The program and its arguments for a user who may start it, never for a shell; `given` are files or addresses, where it takes any.
   *
   * @throws DeskhandError `APPLICATION_NOT_FOUND`, `APPLICATION_NOT_ALLOWED`; `INVALID_REQUEST` for arguments that it does not take
   */
  commandOf(name: string, given: readonly string[], user: Starter): readonly string[] {
    const entry = this.#current().get(name);
    if (!entry) throw new DeskhandError('APPLICATION_NOT_FOUND');
    if (!this.mayStart(user, name)) throw new DeskhandError('APPLICATION_NOT_ALLOWED');
    return fillArguments(entry.command, given);
  }

  /** The icon, where the application has one that browsers can show. */
  iconOf(name: string): Icon | undefined {
    const file = this.#current().get(name)?.iconFile;
    return file === undefined ? undefined : readIcon(file);
  }

  #current(): ReadonlyMap<string, CatalogueEntry> {
    const now = this.clock();
    if (now - this.#checkedAt < FRESH_MS) return this.#entries;
    this.#checkedAt = now;
    const files = findEntryFiles(this.#configuration.folders);
    const stamp = files.map((file) => file.stamp).join('\n');
    if (stamp === this.#stamp) return this.#entries;
    this.#stamp = stamp;
    const entries = new Map<string, CatalogueEntry>();
    for (const { id, file } of files) {
      const group = parseDesktopEntry(readEntryFile(file) ?? '');
      const entry = group && entryOf(id, file, group, this.#machine);
      if (entry && !entries.has(entry.name) && !this.#configuration.hide.includes(entry.name)) entries.set(entry.name, entry);
    }
    this.#entries = entries;
    return entries;
  }
}

function matches(application: Application, words: readonly string[]): boolean {
  const { name, displayName, comment = '', keywords, categories } = application;
  const text = fold([name, displayName, comment, ...keywords, ...categories].join(' '));
  return words.every((word) => text.includes(word));
}

const fold = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
