/** Accounts of an LDAP directory. */
import { Logger } from '@nestjs/common';
import type { LdapProviderConfiguration } from '#libs/common';
import { accountNameOf } from '../account-name.js';
import { checkedCredentials, isPassword } from '../credentials.js';
import { DirectoryProvider } from '../directory/directory-provider.js';
import type { LdapDirectory } from '../directory/ldap-directory.js';
import { groupNames, type LdapEntry } from '../directory/ldap-entry.js';
import {
  type Acquaintance,
  type Credentials,
  type IdentityProvider,
  LoginRefusal,
  type Principal,
  undefinedIfRefused,
} from '../identity-provider.js';
import { whyUnusable } from './account-state.js';
import { LdapQueries } from './ldap-queries.js';

/** An account whose password was right. */
export interface Proven {
  readonly entry: LdapEntry;
  readonly groups: readonly LdapEntry[];
}

/** Finds the account of a name and proves its password: a file for each client library. */
export interface LdapProof {
  /** @throws LoginRefusal for an unknown name or a wrong password; DirectoryFault */
  prove(username: string, password: string): Promise<Proven>;
}

export class LdapProvider extends DirectoryProvider implements IdentityProvider {
  readonly kind = 'ldap';
  /** Only where somebody else than the user may look. */
  readonly stillAllowed?: (subject: string) => Promise<boolean>;
  readonly lookUp?: (username: string) => Promise<Acquaintance | undefined>;

  readonly #queries: LdapQueries;
  readonly #kept: readonly string[];
  /** Attributes that hold what is typed at a login. */
  readonly #naming: readonly string[];
  readonly #logger = new Logger(LdapProvider.name);

  constructor(
    private readonly settings: LdapProviderConfiguration,
    directory: LdapDirectory,
    private readonly proof: LdapProof,
    needsGroups: boolean,
  ) {
    super(settings, directory, needsGroups);
    this.#queries = new LdapQueries(settings);
    this.#kept = LdapQueries.attributesOf(settings);
    this.#naming = LdapQueries.loginAttributesOf(settings);
    if (!settings.service) return;
    this.stillAllowed = (subject) => this.#looksAllowed(subject);
    this.lookUp = (username) => this.#lookUp(username);
  }

  accountOf({ username = '' }: Credentials): string | undefined {
    return accountNameOf(username);
  }

  async authenticate(credentials: Credentials): Promise<Principal> {
    const { username, password } = checkedCredentials(credentials);
    const name = accountNameOf(username);
    if (name === undefined || !isPassword(password)) throw new LoginRefusal('INVALID_CREDENTIALS');
    const { entry, groups } = await this.proof.prove(username.normalize('NFKC').trim(), password);
    // Directories find more than what was typed, such as a name without its accents; failures are counted by what was typed.
    if (!this.#isCalled(entry, name)) throw new LoginRefusal('INVALID_CREDENTIALS');
    const principal = { subject: this.#subjectOf(entry), ...this.#describe(entry, groupNames(groups, this.settings.groups.name)) };
    const why = whyUnusable(entry, Date.now());
    if (why) throw new LoginRefusal(why, principal.subject);
    if (!this.isAllowed(principal.groups)) throw new LoginRefusal('NOT_ALLOWED', principal.subject);
    return principal;
  }

  #describe(entry: LdapEntry, groups: readonly string[]): Acquaintance['principal'] {
    const { user } = this.settings;
    const mail = entry.first(user.mail);
    return {
      name: entry.first(user.name) ?? entry.dn,
      ...(mail === undefined ? {} : { mail }),
      groups,
      attributes: { dn: [entry.dn], ...entry.pick(this.#kept) },
      roles: [],
      labels: [],
    };
  }

  /** @throws LoginRefusal for an account that cannot be told apart from others: the directory serves those that can */
  #subjectOf(entry: LdapEntry): string {
    const { id, user } = this.settings;
    const subject = entry.first(user.subject);
    if (subject) return subject;
    this.#logger.warn({ msg: 'an account lacks the attribute that tells it apart', provider: id, dn: entry.dn, attribute: user.subject });
    throw new LoginRefusal('NOT_ALLOWED');
  }

  #isCalled(entry: LdapEntry, name: string): boolean {
    return this.#naming.length === 0 || this.#naming.some((one) => entry.texts(one).some((value) => accountNameOf(value) === name));
  }

  async #lookUp(username: string): Promise<Acquaintance | undefined> {
    const name = accountNameOf(username);
    if (name === undefined) return undefined;
    const typed = username.normalize('NFKC').trim();
    const anybody = new LdapQueries({ ...this.settings, allow: { groups: [] } });
    return this.directory.search(async (connection, within) => {
      const allowed = await this.#queries.byName(connection, typed, within);
      const entry = allowed ?? (await anybody.byName(connection, typed, within));
      if (!entry || !this.#isCalled(entry, name)) return undefined;
      const found = await this.#queries.groupsOf(connection, entry, within).catch(undefinedIfRefused);
      const groups = groupNames(found ?? [], this.settings.groups.name);
      const facts = {
        unusable: whyUnusable(entry, Date.now()),
        subject: entry.first(this.settings.user.subject),
        passesFilter: allowed !== undefined,
        groups: found && groups,
      };
      return { principal: this.#describe(entry, groups), obstacles: this.obstaclesOf(facts) };
    }, this.directory.deadline());
  }

  async #looksAllowed(subject: string): Promise<boolean> {
    const { allow, groups } = this.settings;
    return this.directory.search(async (connection, within) => {
      const entry = await this.#queries.bySubject(connection, subject, within);
      if (!entry || whyUnusable(entry, Date.now())) return false;
      if (allow.groups.length === 0) return true;
      const found = await this.#queries.groupsOf(connection, entry, within).catch(undefinedIfRefused);
      return found !== undefined && this.isAllowed(groupNames(found, groups.name));
    }, this.directory.deadline());
  }
}
