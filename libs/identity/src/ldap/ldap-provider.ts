/** Accounts of an LDAP directory. */
import { Logger } from '@nestjs/common';
import type { LdapProviderConfiguration } from '#libs/common';
import { accountNameOf } from '../account-name.js';
import { checkedCredentials, isPassword } from '../credentials.js';
import type { LdapDirectory } from '../directory/ldap-directory.js';
import { groupNames, type LdapEntry } from '../directory/ldap-entry.js';
import { isInGroup } from '../group.js';
import { type Credentials, type IdentityProvider, LoginRefusal, type Principal } from '../identity-provider.js';
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

export class LdapProvider implements IdentityProvider {
  readonly kind = 'ldap';
  readonly id: string;
  readonly displayName: string;
  readonly demo = false;
  readonly demoAccounts = [];
  readonly abreast: number;
  readonly refusesUnevenly = true;
  /** Only where somebody else than the user may look. */
  readonly stillAllowed?: (subject: string) => Promise<boolean>;
  readonly lookUp?: (username: string) => Promise<Principal | undefined>;

  readonly #queries: LdapQueries;
  readonly #kept: readonly string[];
  /** Attributes that hold what is typed at a login. */
  readonly #naming: readonly string[];
  readonly #logger = new Logger(LdapProvider.name);

  constructor(
    private readonly settings: LdapProviderConfiguration,
    private readonly directory: LdapDirectory,
    private readonly proof: LdapProof,
  ) {
    this.id = settings.id;
    this.displayName = settings.displayName;
    this.abreast = settings.connections;
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
    const principal = this.#principalOf(entry, groups);
    const why = whyUnusable(entry, Date.now());
    if (why) throw new LoginRefusal(why, principal.subject);
    if (!this.#isAllowed(principal.groups)) throw new LoginRefusal('NOT_ALLOWED', principal.subject);
    return principal;
  }

  close(): void {
    this.directory.close();
  }

  #principalOf(entry: LdapEntry, groups: readonly LdapEntry[]): Principal {
    const { user, groups: group } = this.settings;
    const mail = entry.first(user.mail);
    return {
      subject: this.#subjectOf(entry),
      name: entry.first(user.name) ?? entry.dn,
      ...(mail === undefined ? {} : { mail }),
      groups: groupNames(groups, group.name),
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

  async #lookUp(username: string): Promise<Principal | undefined> {
    const name = accountNameOf(username);
    if (name === undefined) return undefined;
    return this.directory.search(async (connection, within) => {
      const entry = await this.#queries.byName(connection, username.normalize('NFKC').trim(), within);
      if (!entry || !this.#isCalled(entry, name)) return undefined;
      return this.#principalOf(entry, await this.#queries.groupsOf(connection, entry, within));
    }, this.directory.deadline());
  }

  async #looksAllowed(subject: string): Promise<boolean> {
    const { allow, groups } = this.settings;
    try {
      return await this.directory.search(async (connection, within) => {
        const entry = await this.#queries.bySubject(connection, subject, within);
        if (!entry || whyUnusable(entry, Date.now())) return false;
        return (
          allow.groups.length === 0 || this.#isAllowed(groupNames(await this.#queries.groupsOf(connection, entry, within), groups.name))
        );
      }, this.directory.deadline());
    } catch (error) {
      if (error instanceof LoginRefusal) return false;
      throw error;
    }
  }

  #isAllowed(groups: readonly string[]): boolean {
    const allowed = this.settings.allow.groups;
    return allowed.length === 0 || allowed.some((group) => isInGroup(groups, group));
  }
}
