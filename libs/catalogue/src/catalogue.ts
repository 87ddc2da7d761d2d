/** The applications that people may start, out of one source, and who may start which. */
import { type AuthenticatedUser, type Configuration, DeskhandError } from '#libs/common';
import type { ApplicationContainer } from '#libs/runtime';
import type { Application, CatalogueEntry, CatalogueSource } from './application.js';
import { fillArguments } from './desktop-entry.exec.js';
import type { Icon } from './machine.icons.js';

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

/** What starts an application. */
export interface Program {
  /** Program and arguments, never for a shell. */
  readonly command: readonly string[];
  /** What it wants to run in; absent: it is a program of the desktop's own machine. */
  readonly container?: ApplicationContainer;
}

/** How long the source counts as unchanged. */
const FRESH_MS = 3_000;

export class Catalogue {
  #entries: ReadonlyMap<string, CatalogueEntry> = new Map();
  #checkedAt = Number.NEGATIVE_INFINITY;

  /** @param clock milliseconds that only grow */
  constructor(
    private readonly source: CatalogueSource,
    private readonly configuration: Pick<Configuration['catalogue'], 'hide' | 'restrict'>,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** What the user may start, by display name. */
  list(user: Starter, { query = '', category, locale }: CatalogueFilter = {}): readonly Application[] {
    const words = fold(query).split(/\s+/).filter(Boolean);
    return [...this.#current().values()]
      .filter((entry) => this.mayStart(user, entry.name))
      .map((entry) => entry.describe(locale))
      .filter((application) => category === undefined || application.categories.includes(category))
      .filter((application) => matches(application, words))
      .sort((a, b) => a.displayName.localeCompare(b.displayName, locale) || (a.name < b.name ? -1 : 1));
  }

  /** The application, whoever may start it. */
  find(name: string, locale?: string): Application | undefined {
    return this.#find(name)?.describe(locale);
  }

  /**
   * Whether `catalogue.restrict` and the application's own list let the user start it: where several rules of the former name it, each
   * must.
   */
  mayStart(user: Starter, name: string): boolean {
    const entry = this.#find(name);
    if (!entry || !isLetIn(user, entry)) return false;
    const rules = this.configuration.restrict.filter((rule) => rule.applications.includes(name));
    return rules.every((rule) => rule.labels.some((label) => user.labels.includes(label)));
  }

  /**
   * What starts it, for a user who may; `given` are files or addresses, where it takes any.
   *
   * @throws DeskhandError `APPLICATION_NOT_FOUND`, `APPLICATION_NOT_ALLOWED`; `INVALID_REQUEST` for arguments that it does not take
   */
  programOf(name: string, given: readonly string[], user: Starter): Program {
    const entry = this.#find(name);
    if (!entry) throw new DeskhandError('APPLICATION_NOT_FOUND');
    if (!this.mayStart(user, name)) throw new DeskhandError('APPLICATION_NOT_ALLOWED');
    const { container } = entry;
    return { command: fillArguments(entry.command, given), ...(container ? { container } : {}) };
  }

  /** The icon, where the application has one that browsers can show. */
  iconOf(name: string): Icon | undefined {
    return this.#find(name)?.icon();
  }

  #find(name: string): CatalogueEntry | undefined {
    return this.configuration.hide.includes(name) ? undefined : this.#current().get(name);
  }

  #current(): ReadonlyMap<string, CatalogueEntry> {
    const now = this.clock();
    if (now - this.#checkedAt >= FRESH_MS) {
      this.#checkedAt = now;
      this.#entries = this.source.entries();
    }
    return this.#entries;
  }
}

function isLetIn({ labels }: Starter, { acl }: CatalogueEntry): boolean {
  const names = (list: readonly string[]): boolean => list.some((label) => label === 'all' || labels.includes(label));
  return !acl || (names(acl.permit) && !names(acl.deny));
}

function matches(application: Application, words: readonly string[]): boolean {
  const { name, displayName, comment = '', keywords, categories } = application;
  const text = fold([name, displayName, comment, ...keywords, ...categories].join(' '));
  return words.every((word) => text.includes(word));
}

const fold = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
