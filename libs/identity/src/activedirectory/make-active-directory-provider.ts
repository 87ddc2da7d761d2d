/** Puts an Active Directory provider together from its configuration. */
import type { ActiveDirectoryProviderConfiguration } from '#libs/common';
import { readAuthorities } from '../directory/authorities.js';
import { LdapDirectory } from '../directory/ldap-directory.js';
import { LdapServers } from '../directory/ldap-servers.js';
import { ActiveDirectoryProvider } from './active-directory-provider.js';
import { DomainControllers } from './domain-controllers.js';

/**
 * @param asksGroups whether anybody looks at the groups of who logs in, beside what the provider's own settings allow
 * @throws DeskhandError `CONFIGURATION_INVALID`
 */
export function makeActiveDirectoryProvider(settings: ActiveDirectoryProviderConfiguration, asksGroups = true): ActiveDirectoryProvider {
  const { id, caFile, service, encryption, timeoutMs, allow } = settings;
  const controllers = new DomainControllers(settings);
  const directory = new LdapDirectory({
    servers: new LdapServers((within) => controllers.find(within)),
    service: { dn: service.name, password: service.password },
    startTls: encryption === 'starttls',
    ca: readAuthorities(id, caFile),
    timeoutMs,
  });
  return new ActiveDirectoryProvider(settings, directory, asksGroups || allow.groups.length > 0);
}
