/** Puts an LDAP provider together from its configuration. */
import { FilterParser } from 'ldapts';
import type { LdapProviderConfiguration } from '#libs/common';
import { readAuthorities, unusable } from '../directory/authorities.js';
import { LdapDirectory } from '../directory/ldap-directory.js';
import { LdapServers, serverOf } from '../directory/ldap-servers.js';
import { LdapProvider } from './ldap-provider.js';
import { LdaptsProof } from './ldapts-proof.js';
import { PassportProof } from './passport-proof.js';

/** @throws DeskhandError `CONFIGURATION_INVALID` */
export function makeLdapProvider(settings: LdapProviderConfiguration): LdapProvider {
  const { id, service, startTls, timeoutMs, user, groups, allow } = settings;
  for (const filter of [user.filter, groups.filter, allow.filter ?? '(a=b)']) checkFilter(id, filter);
  const listed = settings.urls.map(serverOf);
  const servers = new LdapServers(async () => listed);
  const ca = readAuthorities(id, settings.caFile);
  const directory = new LdapDirectory({ servers, service, startTls, ca, timeoutMs });
  const proof = settings.client === 'ldapts' ? new LdaptsProof(settings, directory) : new PassportProof(settings, directory, servers, ca);
  return new LdapProvider(settings, directory, proof);
}

function checkFilter(id: string, filter: string): void {
  try {
    FilterParser.parseString(filter.replaceAll(/\{\{.*?\}\}/g, 'x'));
  } catch {
    throw unusable(id, `${filter} is not an LDAP filter`);
  }
}
