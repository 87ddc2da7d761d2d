/** What is asked of an LDAP directory: for the account of a name, for one that is known, and for its groups. */
import type { SearchOptions } from 'ldapts';
import type { LdapProviderConfiguration } from '#libs/common';
import type { Deadline } from '../directory/deadline.js';
import { type LdapConnection, TooManyEntries } from '../directory/ldap-connection.js';
import type { LdapEntry } from '../directory/ldap-entry.js';
import { comparedOf, escapeDnValue, escapeFilterValue, fill, namingOf, placeholdersOf } from '../directory/ldap-text.js';
import { LoginRefusal } from '../identity-provider.js';
import { STATE_ATTRIBUTES } from './account-state.js';

/** RFC 2307: what a desktop's own account is made of. */
const POSIX = ['uid', 'uidNumber', 'gidNumber', 'homeDirectory', 'loginShell', 'gecos'];

/** What says whether somebody may come in at all. */
const decidingOf = ({ user, groups }: LdapProviderConfiguration): readonly string[] => [
  ...STATE_ATTRIBUTES,
  ...placeholdersOf(groups.filter).filter((name) => name !== 'dn'),
  user.subject,
];

export class LdapQueries {
  /** Of somebody who logs in. */
  readonly #attributes: string[];
  /** Of somebody who may have been shut out since. */
  readonly #deciding: string[];

  constructor(private readonly settings: LdapProviderConfiguration) {
    this.#attributes = [...LdapQueries.neededOf(settings)];
    this.#deciding = [...decidingOf(settings)];
  }

  /** Attributes of an account that are kept. */
  static attributesOf({ user }: LdapProviderConfiguration): readonly string[] {
    return [...new Set([...POSIX, user.name, user.mail, ...user.attributes])];
  }

  /** Those that are kept, and those that decide. */
  static neededOf(settings: LdapProviderConfiguration): readonly string[] {
    return [...new Set([...LdapQueries.attributesOf(settings), ...decidingOf(settings), ...LdapQueries.loginAttributesOf(settings)])];
  }

  /** Those that hold what is typed at a login. */
  static loginAttributesOf({ user }: LdapProviderConfiguration): readonly string[] {
    return user.bindDn === undefined ? comparedOf(user.filter) : namingOf(user.bindDn);
  }

  /** @returns undefined when nobody has it, or several have: `user.filter` must find one */
  byName(connection: LdapConnection, username: string, within: Deadline): Promise<LdapEntry | undefined> {
    const filter = fill(this.settings.user.filter, (name) => (name === 'username' ? username : undefined), escapeFilterValue);
    return filter === undefined ? Promise.resolve(undefined) : this.#one(connection, filter, this.#attributes, within);
  }

  bySubject(connection: LdapConnection, subject: string, within: Deadline): Promise<LdapEntry | undefined> {
    return this.#one(connection, `(${this.settings.user.subject}=${escapeFilterValue(subject)})`, this.#deciding, within);
  }

  async byDn(connection: LdapConnection, dn: string, within: Deadline): Promise<LdapEntry | undefined> {
    const { filter } = this.settings.allow;
    const [entry] = await connection.search(dn, { scope: 'base', attributes: this.#attributes, ...(filter ? { filter } : {}) }, within);
    return entry;
  }

  /** Whether there is anything to ask for groups. */
  get askGroups(): boolean {
    return this.settings.groups.base !== undefined;
  }

  /** @throws LoginRefusal `NOT_ALLOWED` when the directory does not tell all of them */
  async groupsOf(connection: LdapConnection, entry: LdapEntry, within: Deadline): Promise<readonly LdapEntry[]> {
    const { base, filter, scope, name } = this.settings.groups;
    const whole = base && fill(filter, (placeholder) => (placeholder === 'dn' ? entry.dn : entry.first(placeholder)), escapeFilterValue);
    if (!base || !whole) return [];
    try {
      return await connection.search(base, { scope, filter: whole, attributes: [name], paged: true }, within);
    } catch (error) {
      // Even page by page. With some of them left out, a rule for those who are not in a group would hold.
      if (error instanceof TooManyEntries) throw new LoginRefusal('NOT_ALLOWED', entry.first(this.settings.user.subject));
      throw error;
    }
  }

  /** The DN that somebody of this name binds with, where the directory is not searched for it. */
  dnOf(username: string): string | undefined {
    const { bindDn } = this.settings.user;
    return bindDn && fill(bindDn, (name) => (name === 'username' ? username : undefined), escapeDnValue);
  }

  async #one(connection: LdapConnection, filter: string, attributes: string[], within: Deadline): Promise<LdapEntry | undefined> {
    const { user, allow } = this.settings;
    const whole = allow.filter ? `(&${filter}${allow.filter})` : filter;
    const options: SearchOptions = { scope: user.scope, filter: whole, attributes, sizeLimit: 2 };
    // Whoever names two accounts is neither of them; it is no fault of the directory, or anybody could make it look broken.
    try {
      const [entry, another] = await connection.search(user.base, options, within);
      return another ? undefined : entry;
    } catch (error) {
      if (error instanceof TooManyEntries) return undefined;
      throw error;
    }
  }
}
