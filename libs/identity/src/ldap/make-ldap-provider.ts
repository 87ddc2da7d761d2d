/** Puts an LDAP provider together from its configuration. */
import { FilterParser } from 'ldapts';
import type { LdapProviderConfiguration } from '#libs/common';
import { readAuthorities, unusable } from '../directory/authorities.js';
import { LdapDirectory } from '../directory/ldap-directory.js';
import { LdapServers, serverOf } from '../directory/ldap-servers.js';
import { LdapProvider } from './ldap-provider.js';
import { LdaptsProof } from './ldapts-proof.js';
import { PassportProof } from './passport-proof.js';

/**
 * @param asksGroups whether anybody looks at the groups of who logs in, beside what the provider's own settings allow
 * @throws DeskhandError `CONFIGURATION_INVALID`
 */
export function makeLdapProvider(settings: LdapProviderConfiguration, asksGroups = true): LdapProvider {
  const { id, service, startTls, timeoutMs, user, groups, allow } = settings;
  for (const filter of [user.filter, groups.filter, allow.filter ?? '(a=b)']) checkFilter(id, filter);
  const listed = settings.urls.map(serverOf);
  const servers = new LdapServers(async () => listed);
  const ca = readAuthorities(id, settings.caFile);
  const directory = new LdapDirectory({ servers, service, startTls, ca, timeoutMs });
  const needsGroups = asksGroups || allow.groups.length > 0;
  const proven = needsGroups ? settings : { ...settings, groups: { ...groups, base: undefined } };
  const proof = settings.client === 'ldapts' ? new LdaptsProof(proven, directory) : new PassportProof(proven, directory, servers, ca);
  return new LdapProvider(settings, directory, proof, needsGroups);
}

function checkFilter(id: string, filter: string): void {
  try {
    FilterParser.parseString(filter.replaceAll(/\{\{.*?\}\}/g, 'x'));
  } catch {
    throw unusable(id, `${filter} is not an LDAP filter`);
  }
}
