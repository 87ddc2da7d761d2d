/** What a directory's configuration may not say. */
import { Resolver } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { activeDirectoryProvider, ldapProvider } from './directory.schema.js';

const ldap = { kind: 'ldap', id: 'a', displayName: 'A', urls: ['ldaps://ldap.example.com'], user: { base: 'ou=people' } };
const domain = { kind: 'activedirectory', id: 'a', displayName: 'A', domain: 'ad.example.com', service: { name: 'x@y', password: 'z' } };
const faults = (schema: typeof ldapProvider | typeof activeDirectoryProvider, settings: object) =>
  schema.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

describe('an LDAP directory', () => {
  it.each([
    {},
    { urls: ['ldap://ldap.example.com'], startTls: true },
    { urls: ['ldap://ldap.example.com'], allowPlainText: true },
    { urls: ['ldap://127.0.0.1:389', 'ldap://localhost', 'ldap://[::1]:389'] },
    { user: { base: 'ou=people', bindDn: 'uid={{username}},ou=people' } },
    { groups: { base: 'ou=groups', filter: '(|(member={{dn}})(memberUid={{uid}}))' } },
    { urls: ['ldaps://ldap.example.com:65535', 'ldaps://[2001:db8::1]:636', 'ldaps://[2001:db8::1]'] },
    { user: { base: 'ou=people', filter: '(&(objectClass=person)(|(uid={{username}})(mail={{username}})))' } },
  ])('may say %j', (more) => expect(faults(ldapProvider, { ...ldap, ...more })).toStrictEqual([]));

  it.each([
    [{ urls: ['ldap://ldap.example.com'] }, /^urls\.0: would send passwords unencrypted/],
    [{ urls: ['ldap://localhost.evil.example'] }, /^urls\.0: would send passwords unencrypted/],
    [{ startTls: true }, /^urls\.0: is encrypted already/],
    [{ urls: ['http://ldap.example.com'] }, /^urls\.0: is not ldaps/],
    [{ urls: ['ldaps://user:secret@ldap.example.com'] }, /^urls\.0: is not ldaps/],
    [{ urls: ['ldaps://ldap.example.com/dc=com??sub'] }, /^urls\.0: is not ldaps/],
    [{ user: { base: 'x', filter: '(uid=fry)' } }, /^user\.filter: lacks/],
    [{ user: { base: 'x', filter: 'uid={{username}}' } }, /^user\.filter: is not an LDAP filter/],
    [{ user: { base: 'x', filter: '(uid={{username}})(a=b)' } }, /^user\.filter: is not an LDAP filter/],
    [{ user: { base: 'x', bindDn: 'uid=fry' } }, /^user\.bindDn: lacks/],
    [{ user: { base: 'x', bindDn: '{{username}}' } }, /^user\.bindDn: lacks/],
    [{ urls: ['ldaps://ldap.example.com:99999'] }, /^urls\.0: is not ldaps/],
    [{ urls: ['ldaps://ldap.example.com:0'] }, /^urls\.0: is not ldaps/],
    [{ urls: ['ldaps://[:::]'] }, /^urls\.0: is not ldaps/],
    [{ user: { base: 'x', filter: '(|(uid={{username}})(mail={{mail}}))' } }, /^user\.filter: has \{\{mail\}\}: only/],
    [{ user: { base: 'x', filter: '(|(uid={{username}})(mail={{ username }}))' } }, /^user\.filter: has \{\{ username \}\}: only/],
    [{ user: { base: 'x', bindDn: 'uid={{username}},ou={{ou}},o=x' } }, /^user\.bindDn: has \{\{ou\}\}: only/],
    [{ user: { base: 'x', bindDn: 'uid={{username}},ou={{ou' } }, /^user\.bindDn: has \{\{ou: only/],
    [{ groups: { base: 'x', filter: '(memberUid={{username}})' } }, /^groups\.filter: has \{\{username\}\}: use/],
    [{ groups: { base: 'x', filter: '(memberUid={{}})' } }, /^groups\.filter: has \{\{\}\}: use/],
    [{ allow: { filter: '(uid={{username}})' } }, /^allow\.filter: has no placeholders/],
    [{ client: 'passport-ldapauth', urls: ['ldap://a.example'], startTls: true }, /^client: passport-ldapauth can/],
  ])('may not say %j', (more, fault) => expect(faults(ldapProvider, { ...ldap, ...more })).toEqual([expect.stringMatching(fault)]));
});

describe('a domain', () => {
  it('needs no more than its name and who searches', () => expect(faults(activeDirectoryProvider, domain)).toStrictEqual([]));
  it('may name its DNS servers as the resolver takes them', () => {
    const dnsServers = ['192.0.2.53', '192.0.2.53:5353', '2001:db8::53', '[2001:db8::53]', '[2001:db8::53]:5353'];
    expect(faults(activeDirectoryProvider, { ...domain, dnsServers })).toStrictEqual([]);
    expect(() => new Resolver().setServers(dnsServers)).not.toThrow();
  });
  it.each([
    [{ controllers: ['ldaps://dc1.example.com'] }, /^controllers\.0: /],
    [{ controllers: ['dc1.example.com:99999'] }, /^controllers\.0: /],
    [{ dnsServers: ['ns1.example.com'] }, /^dnsServers\.0: is not an address/],
    [{ dnsServers: ['192.0.2.256'] }, /^dnsServers\.0: is not an address/],
    [{ dnsServers: ['192.0.2.53:99999'] }, /^dnsServers\.0: is not an address/],
    [{ dnsServers: ['192.0.2.53:0'] }, /^dnsServers\.0: is not an address/],
    [{ dnsServers: ['[192.0.2.53]:53'] }, /^dnsServers\.0: is not an address/],
    [{ dnsServers: ['2001:db8::53]:53'] }, /^dnsServers\.0: is not an address/],
    [{ dnsServers: ['[192.0.2.53'] }, /^dnsServers\.0: is not an address/],
    [{ encryption: 'none' }, /^encryption: /],
    [{ domain: 'bad domain' }, /^domain: /],
    [{ service: undefined }, /^service: /],
  ])('may not say %j', (more, fault) =>
    expect(faults(activeDirectoryProvider, { ...domain, ...more })).toEqual([expect.stringMatching(fault)]),
  );
});
