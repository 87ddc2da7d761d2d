/** Accounts of an Active Directory domain: searched for by the service account, then bound by their DN, so that nobody can be taken for another. */
import { Logger } from '@nestjs/common';
import type { Filter } from 'ldapts';
import type { ActiveDirectoryProviderConfiguration } from '#libs/common';
import { accountNameOf } from '../account-name.js';
import { checkedCredentials, isPassword } from '../credentials.js';
import type { Deadline } from '../directory/deadline.js';
import { DirectoryProvider } from '../directory/directory-provider.js';
import { type LdapConnection, TooManyEntries } from '../directory/ldap-connection.js';
import type { LdapDirectory } from '../directory/ldap-directory.js';
import { groupNames, type LdapEntry } from '../directory/ldap-entry.js';
import { allOf, escapeFilterValue, isBytes } from '../directory/ldap-text.js';
import {
  type Acquaintance,
  type Credentials,
  type IdentityProvider,
  LoginRefusal,
  type Principal,
  undefinedIfRefused,
} from '../identity-provider.js';
import type { KerberosName } from '../kerberos.js';
import { reasonOfBind } from './bind-reason.js';
import { type Domain, filterOf, type LoginName, parseLoginName } from './login-name.js';
import { fileTime, guidBytes, guidText, siblingSid } from './object-id.js';

const KEPT = [
  'sAMAccountName',
  'userPrincipalName',
  'displayName',
  'cn',
  'mail',
  'uidNumber',
  'gidNumber',
  'unixHomeDirectory',
  'loginShell',
];
const NEEDED = ['objectGUID', 'objectSid', 'primaryGroupID', 'userAccountControl', 'accountExpires'];
const BYTES = ['objectGUID', 'objectSid'];
const DISABLED = 2;
/** Groups within groups, all the way up: LDAP_MATCHING_RULE_IN_CHAIN. */
const IN_CHAIN = 'member:1.2.840.113556.1.4.1941:';
/** No two groups of a domain share it; a cn may be in every organizational unit once. */
const GROUP_NAME = 'sAMAccountName';
/** Not those that are only for mail. */
const SECURITY_GROUP = '(groupType:1.2.840.113556.1.4.803:=2147483648)';
const PEOPLE = ['(objectCategory=person)', '(objectClass=user)'];
const ANYBODY: readonly string[] = [];

export class ActiveDirectoryProvider extends DirectoryProvider implements IdentityProvider {
  readonly kind = 'activedirectory';
  readonly #domain: Domain;
  readonly #root: string;
  /** Filters that whoever may come in has to pass. */
  readonly #allow: readonly string[];
  readonly #logger = new Logger(ActiveDirectoryProvider.name);

  constructor(
    private readonly settings: ActiveDirectoryProviderConfiguration,
    directory: LdapDirectory,
    needsGroups: boolean,
  ) {
    super(settings, directory, needsGroups);
    const { allow, domain, upnSuffixes, netbiosName = domain.split('.')[0] ?? domain } = settings;
    this.#allow = allow.filter ? [allow.filter] : [];
    this.#domain = { domain, netbiosName, upnSuffixes };
    this.#root = domain
      .split('.')
      .map((part) => `DC=${part}`)
      .join(',');
  }

  accountOf({ username = '' }: Credentials): string | undefined {
    return parseLoginName(username, this.#domain)?.account;
  }

  async authenticate(credentials: Credentials): Promise<Principal> {
    const { username, password } = checkedCredentials(credentials);
    const name = parseLoginName(username, this.#domain);
    if (name === undefined || !isPassword(password)) throw new LoginRefusal('INVALID_CREDENTIALS');
    const deadline = this.directory.deadline();
    const entry = await this.directory.search((connection, within) => this.#find(connection, name, within), deadline);
    // A bind for nobody too, so that the answer comes no sooner.
    const refusal = await this.directory.prove({ dn: entry?.dn ?? `CN=nobody,${this.#root}`, password }, deadline);
    if (!entry) throw new LoginRefusal('INVALID_CREDENTIALS');
    const subject = subjectOf(entry);
    if (refusal) throw new LoginRefusal(reasonOfBind(refusal.message), subject);
    if (subject === undefined) throw this.#unreadable(entry, 'objectGUID');
    const groupsOf = (connection: LdapConnection, within: Deadline) => this.#groupsOf(connection, entry, within);
    const groups = this.needsGroups ? await this.directory.search(groupsOf, deadline) : [];
    if (!this.isAllowed(groups)) throw new LoginRefusal('NOT_ALLOWED', subject);
    return { subject, ...this.#describe(entry, groups) };
  }

  async lookUp(username: string): Promise<Acquaintance | undefined> {
    const name = parseLoginName(username, this.#domain);
    if (!name) return undefined;
    return this.directory.search(async (connection, within) => {
      const allowed = await this.#find(connection, name, within);
      const entry = allowed ?? (await this.#find(connection, name, within, ANYBODY));
      if (!entry) return undefined;
      const groups = await this.#groupsOf(connection, entry, within).catch(undefinedIfRefused);
      const facts = { unusable: whyUnusable(entry, Date.now()), subject: subjectOf(entry), passesFilter: allowed !== undefined, groups };
      return { principal: this.#describe(entry, groups ?? []), obstacles: this.obstaclesOf(facts) };
    }, this.directory.deadline());
  }

  async stillAllowed(subject: string): Promise<boolean> {
    const guid = guidBytes(subject);
    if (!guid) return false;
    const deadline = this.directory.deadline();
    return this.directory.search(async (connection, within) => {
      const [entry] = await this.#people(connection, allOf(isBytes('objectGUID', guid), ...this.#allow), within);
      if (!entry || whyUnusable(entry, Date.now())) return false;
      if (this.settings.allow.groups.length === 0) return true;
      const groups = await this.#groupsOf(connection, entry, within).catch(undefinedIfRefused);
      return groups !== undefined && this.isAllowed(groups);
    }, deadline);
  }

  #describe(entry: LdapEntry, groups: readonly string[]): Acquaintance['principal'] {
    const mail = entry.first('mail');
    return {
      name: entry.first('displayName') ?? entry.first('cn') ?? entry.dn,
      ...(mail === undefined ? {} : { mail }),
      groups,
      attributes: { dn: [entry.dn], ...entry.pick([...KEPT, ...this.settings.attributes]) },
      kerberos: this.#kerberosOf(entry),
      roles: [],
      labels: [],
    };
  }

  /** For an account of which something is hidden from the service account: the domain serves the others. */
  #unreadable(entry: LdapEntry, attribute: string): LoginRefusal {
    this.#logger.warn({ msg: `the service account may not read ${attribute} of an account`, provider: this.id, dn: entry.dn });
    return new LoginRefusal('NOT_ALLOWED', subjectOf(entry));
  }

  /** A principal name that was given by hand goes before the one that everybody has by default. */
  async #find(connection: LdapConnection, name: LoginName, within: Deadline, allow = this.#allow): Promise<LdapEntry | undefined> {
    const found = await this.#people(connection, allOf(filterOf(name), ...allow), within).catch((error) => {
      // Whoever names so many is none of them.
      if (error instanceof TooManyEntries) return [];
      throw error;
    });
    // Active Directory takes an e for an é; failures are counted by what was typed.
    const has = (attribute: string, wanted: string | undefined) =>
      found.find((entry) => wanted !== undefined && accountNameOf(entry.first(attribute) ?? '') === accountNameOf(wanted));
    return has('userPrincipalName', name.principal) ?? has('sAMAccountName', name.plain);
  }

  #people(connection: LdapConnection, condition: string | Filter, within: Deadline): Promise<readonly LdapEntry[]> {
    const { base = this.#root, attributes } = this.settings;
    const filter = allOf(...PEOPLE, condition);
    const wanted = [...new Set([...KEPT, ...NEEDED, ...attributes])];
    return connection.search(base, { filter, attributes: wanted, explicitBufferAttributes: BYTES, sizeLimit: 3 }, within);
  }

  /**
   * The primary group is in no member's list: it is looked for by its id, and counts as any other.
   * @throws LoginRefusal `NOT_ALLOWED` where it cannot be known: without it a rule for those who are not in a group would hold
   */
  async #groupsOf(connection: LdapConnection, entry: LdapEntry, within: Deadline): Promise<readonly string[]> {
    const [sid, primaryId] = [entry.bytes('objectSid'), Number(entry.first('primaryGroupID'))];
    const find = (condition: string | Filter) => {
      const filter = allOf('(objectClass=group)', SECURITY_GROUP, condition);
      return connection.search(this.#root, { filter, attributes: [GROUP_NAME], paged: true }, within);
    };
    if (!sid || !(primaryId > 0)) throw this.#unreadable(entry, sid ? 'primaryGroupID' : 'objectSid');
    const primary = await find(isBytes('objectSid', siblingSid(sid, primaryId)));
    const members = [entry, ...primary].map(({ dn }) => `(${IN_CHAIN}=${escapeFilterValue(dn)})`);
    return groupNames([...primary, ...(await find(`(|${members.join('')})`))], GROUP_NAME);
  }

  /** The salt as Microsoft makes it: MS-KILE, 3.1.1.2. */
  #kerberosOf(entry: LdapEntry): KerberosName {
    const [realm, principal] = [this.#domain.domain.toUpperCase(), entry.first('sAMAccountName') ?? ''];
    return { realm, principal, salt: `${realm}${principal}` };
  }
}

const subjectOf = (entry: LdapEntry): string | undefined => {
  const guid = entry.bytes('objectGUID');
  return guid && guidText(guid);
};

function whyUnusable(entry: LdapEntry, now: number): 'ACCOUNT_DISABLED' | 'ACCOUNT_EXPIRED' | undefined {
  if (Number(entry.first('userAccountControl')) & DISABLED) return 'ACCOUNT_DISABLED';
  const expires = fileTime(entry.first('accountExpires'));
  return expires !== undefined && expires <= now ? 'ACCOUNT_EXPIRED' : undefined;
}
