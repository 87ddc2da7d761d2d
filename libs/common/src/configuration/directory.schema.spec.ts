/** What a directory's configuration may not say. */
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
    [{ client: 'passport-ldapauth', urls: ['ldap://a.example'], startTls: true }, /^client: passport-ldapauth can/],
  ])('may not say %j', (more, fault) => expect(faults(ldapProvider, { ...ldap, ...more })).toEqual([expect.stringMatching(fault)]));
});

describe('a domain', () => {
  it('needs no more than its name and who searches', () => expect(faults(activeDirectoryProvider, domain)).toStrictEqual([]));
  it.each([
    [{ controllers: ['ldaps://dc1.example.com'] }, /^controllers\.0: /],
    [{ encryption: 'none' }, /^encryption: /],
    [{ domain: 'bad domain' }, /^domain: /],
    [{ service: undefined }, /^service: /],
  ])('may not say %j', (more, fault) =>
    expect(faults(activeDirectoryProvider, { ...domain, ...more })).toEqual([expect.stringMatching(fault)]),
  );
});
