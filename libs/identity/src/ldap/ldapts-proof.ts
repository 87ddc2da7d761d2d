/** Proves passwords by ldapts: over every kind of connection, with a search before the bind or without. */
import { ResultCodeError } from 'ldapts';
import type { LdapProviderConfiguration } from '#libs/common';
import type { Deadline } from '../directory/deadline.js';
import type { LdapConnection } from '../directory/ldap-connection.js';
import type { LdapDirectory } from '../directory/ldap-directory.js';
import type { LdapEntry } from '../directory/ldap-entry.js';
import { LoginRefusal } from '../identity-provider.js';
import type { LdapProof, Proven } from './ldap-provider.js';
import { LdapQueries } from './ldap-queries.js';

export class LdaptsProof implements LdapProof {
  readonly #queries: LdapQueries;

  constructor(
    private readonly settings: LdapProviderConfiguration,
    private readonly directory: LdapDirectory,
  ) {
    this.#queries = new LdapQueries(settings);
  }

  prove(username: string, password: string): Promise<Proven> {
    const deadline = this.directory.deadline();
    return this.settings.user.bindDn === undefined
      ? this.#bySearch(username, password, deadline)
      : this.#byBind(username, password, deadline);
  }

  async #bySearch(username: string, password: string, deadline: Deadline): Promise<Proven> {
    const entry = await this.directory.search((connection, within) => this.#queries.byName(connection, username, within), deadline);
    // A bind for nobody too, so that the answer comes no sooner.
    const dn = entry?.dn ?? `cn=nobody,${this.settings.user.base}`;
    const refusal = await this.directory.prove({ dn, password }, deadline);
    if (!entry || refusal) throw new LoginRefusal('INVALID_CREDENTIALS', entry?.first(this.settings.user.subject));
    return { entry, groups: await this.#groupsOf(entry, deadline) };
  }

  async #byBind(username: string, password: string, deadline: Deadline): Promise<Proven> {
    const dn = this.#queries.dnOf(username);
    if (dn === undefined) throw new LoginRefusal('INVALID_CREDENTIALS');
    const proven = await this.directory.prove({ dn, password }, deadline, async (connection, within) => {
      const entry = await this.#queries.byDn(connection, dn, within);
      if (!entry) throw new LoginRefusal('NOT_ALLOWED');
      return { entry, groups: this.settings.service ? undefined : await this.#queries.groupsOf(connection, entry, within) };
    });
    if (proven instanceof ResultCodeError) throw new LoginRefusal('INVALID_CREDENTIALS', await this.#subjectAt(dn, deadline));
    const { entry, groups } = proven;
    return { entry, groups: groups ?? (await this.#groupsOf(entry, deadline)) };
  }

  /** Whose password was wrong, where somebody may look: for a name that nobody has too, so that the answer comes no sooner. */
  async #subjectAt(dn: string, deadline: Deadline): Promise<string | undefined> {
    if (!this.settings.service) return undefined;
    const entry = await this.directory.search((connection, within) => this.#queries.byDn(connection, dn, within), deadline);
    return entry?.first(this.settings.user.subject);
  }

  async #groupsOf(entry: LdapEntry, deadline: Deadline): Promise<readonly LdapEntry[]> {
    if (!this.#queries.askGroups) return [];
    return this.directory.search((connection: LdapConnection, within) => this.#queries.groupsOf(connection, entry, within), deadline);
  }
}
