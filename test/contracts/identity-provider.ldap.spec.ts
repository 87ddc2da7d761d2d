/** A real OpenLDAP server keeps the contract of providers: over every kind of connection, and by every client. */
import { afterAll, beforeAll, describe } from 'vitest';
import { ldapProvider } from '../../libs/common/src/configuration/directory.schema.js';
import { makeLdapProvider } from '../../libs/identity/src/ldap/make-ldap-provider.js';
import { ADMIN, PEOPLE, Slapd } from '../support/slapd.js';
import { describeIdentityProvider } from './identity-provider.contract.js';

let slapd: Slapd;
beforeAll(async () => {
  slapd = await Slapd.start();
}, 60_000);
afterAll(() => slapd?.remove());

const GROUPS = ['ship_crew', `cn=ship_crew,${PEOPLE}`];
const provide =
  (more: () => object, subject = /^[0-9a-f-]{36}$/) =>
  async () => ({
    provider: makeLdapProvider(
      ldapProvider.parse({
        kind: 'ldap',
        id: 'directory',
        displayName: 'Directory',
        caFile: slapd.caFile,
        user: { base: PEOPLE },
        groups: { base: PEOPLE },
        ...more(),
      }),
    ),
    password: 'fry',
    subject,
    groups: GROUPS,
  });

describe('by ldapts', () => {
  describeIdentityProvider(
    'ldap with a service account',
    provide(() => ({ urls: [slapd.url], service: ADMIN })),
  );
  describeIdentityProvider(
    'ldaps',
    provide(() => ({ urls: [slapd.secureUrl], service: ADMIN })),
  );
  describeIdentityProvider(
    'StartTLS',
    provide(() => ({ urls: [slapd.url], startTls: true, service: ADMIN })),
  );
  describeIdentityProvider(
    'ldap searched anonymously',
    provide(() => ({ urls: [slapd.url] })),
  );
  describeIdentityProvider(
    'a direct bind over StartTLS',
    provide(() => ({
      urls: [slapd.url],
      startTls: true,
      user: { base: PEOPLE, bindDn: 'uid={{username}},ou=bindable,dc=planetexpress,dc=com' },
    })),
  );
});

describe('by passport-ldapauth', () => {
  const client = 'passport-ldapauth';
  describeIdentityProvider(
    'ldap with a service account',
    provide(() => ({ client, urls: [slapd.url], service: ADMIN })),
  );
  describeIdentityProvider(
    'ldaps',
    provide(() => ({ client, urls: [slapd.secureUrl], service: ADMIN })),
  );
});
