/** What an operator may write about a provider, and what is refused before anybody can log in. */
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { configurationSchema } from './configuration.schema.js';

const GOOGLE = { kind: 'oauth2', id: 'google', displayName: 'Google', service: 'google', clientId: 'c', clientSecret: 's' };
const OPENID = { ...GOOGLE, service: 'openid', issuer: 'https://id.example', allow: { everybody: true } };
const PLAIN = {
  ...OPENID,
  issuer: undefined,
  endpoints: { authorization: 'https://git.example/a', token: 'https://git.example/t', userinfo: 'https://git.example/u' },
};
const AUTHORITY = rootCertificates[0] ?? '';
const ALLOW = { domains: ['example.com'] };

function faults(provider: object, http: object = { publicUrl: 'https://desk.example' }): readonly string[] {
  const { error } = configurationSchema.safeParse({ http, identity: { providers: [provider] } });
  return (error?.issues ?? []).map(({ path }) => path.join('.').replace('identity.providers.0.', ''));
}

describe('a provider of OAuth', () => {
  it.each([
    ['Google with a domain', { ...GOOGLE, allow: ALLOW }],
    ['Facebook with accounts', { ...GOOGLE, service: 'facebook', allow: { subjects: ['7'] } }],
    ['Orange with addresses', { ...GOOGLE, service: 'orange', allow: { addresses: ['fry@orange.fr'] } }],
    ['an own OpenID provider for everybody in it', OPENID],
    ['one whose name only looks like a public one', { ...OPENID, issuer: 'https://discord.com.example' }],
    ['one whose name only ends like a public one', { ...OPENID, issuer: 'https://notslack.com' }],
    ['Google with domains that only look public', { ...GOOGLE, allow: { domains: ['live.example.com', 'mygmail.com', 'yahoo.example'] } }],
    ['one tenant of Microsoft', { ...OPENID, issuer: 'https://login.microsoftonline.com/5ad4b5e5-3c9f-4d0a-8a9f-1f2f3a4b5c6d/v2.0' }],
    ['an own OAuth 2.0 server', { ...PLAIN, claims: { subject: 'id' } }],
    ['one with an authority of its own, and a comment on it', { ...OPENID, authority: `# ours\n${AUTHORITY}` }],
    ['one on this machine without https', { ...OPENID, issuer: 'http://127.0.0.1:9000' }],
  ])('may be %s', (_, provider) => expect(faults(provider)).toStrictEqual([]));

  it.each<readonly [string, object, string]>([
    ['Google without a list', GOOGLE, 'allow'],
    ['Google with empty lists', { ...GOOGLE, allow: { domains: [] } }, 'allow'],
    ['Google for everybody', { ...GOOGLE, allow: { everybody: true } }, 'allow.everybody'],
    ['Orange for everybody', { ...GOOGLE, service: 'orange', allow: { everybody: true } }, 'allow.everybody'],
    ['Facebook by domain', { ...GOOGLE, service: 'facebook', allow: ALLOW }, 'allow'],
    ['an OpenID provider without a list', { ...OPENID, allow: undefined }, 'allow'],
    ['Google by another name', { ...OPENID, issuer: 'https://accounts.google.com' }, 'allow.everybody'],
    ['all tenants of Microsoft', { ...OPENID, issuer: 'https://login.microsoftonline.com/common/v2.0' }, 'allow.everybody'],
    [
      'GitHub for everybody',
      { ...PLAIN, endpoints: { ...PLAIN.endpoints, authorization: 'https://github.com/login/oauth/authorize' } },
      'allow.everybody',
    ],
    ...[
      'https://discord.com',
      'https://slack.com',
      'https://id.twitch.tv/oauth2',
      'https://www.amazon.com',
      'https://www.amazon.com.',
      'https://m.facebook.com',
      'https://login.live.com',
    ].map((issuer) => [`${issuer} for everybody`, { ...OPENID, issuer }, 'allow.everybody'] as const),
    [
      'Bitbucket for everybody',
      { ...PLAIN, endpoints: { ...PLAIN.endpoints, authorization: 'https://bitbucket.org/site/oauth2/authorize' } },
      'allow.everybody',
    ],
    ...[
      'gmail.com',
      'Gmail.COM',
      'googlemail.com',
      'outlook.com',
      'hotmail.fr',
      'live.co.uk',
      'yahoo.com',
      'orange.fr',
      'gmx.net',
      'proton.me',
    ].map((domain) => [`everybody at ${domain}`, { ...GOOGLE, allow: { domains: ['example.com', domain] } }, 'allow.domains.1'] as const),
    ['an OpenID provider without its issuer', { ...OPENID, issuer: undefined }, 'issuer'],
    ['an issuer without https', { ...OPENID, issuer: 'http://id.example' }, 'issuer'],
    ['an issuer that looks like this machine', { ...OPENID, issuer: 'http://127.0.0.1.evil.example' }, 'issuer'],
    ['an issuer with a password in it', { ...OPENID, issuer: 'https://a:b@id.example' }, 'issuer'],
    ['an issuer that is no address', { ...OPENID, issuer: 'file:///etc/passwd' }, 'issuer'],
    ['a subject that can be given to somebody else', { ...OPENID, claims: { subject: 'preferred_username' } }, 'claims.subject'],
    [
      'an address that nobody has verified',
      { ...OPENID, claims: { mail: 'preferred_username' }, allow: { domains: ['example.com'] } },
      'claims.mail',
    ],
    ['an authority that is a word', { ...OPENID, authority: 'ca.pem' }, 'authority'],
    [
      'an authority that is broken',
      { ...OPENID, authority: '-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n' },
      'authority',
    ],
    ['an authority that is cut', { ...OPENID, authority: AUTHORITY.slice(0, -40) }, 'authority'],
    ['a signature of nobody', { ...OPENID, signing: 'none' }, 'signing'],
    ['a signature by a shared secret', { ...OPENID, signing: 'HS256' }, 'signing'],
  ])('may not be %s', (_, provider, place) => expect(faults(provider)).toStrictEqual([place]));

  it.each([undefined, 'http://desk.example', 'https://desk.example/', 'https://desk.example/path', 'https://Desk.example', 'desk.example'])(
    'needs to know where to send people back to: not %s',
    (publicUrl) => expect(faults(OPENID, { publicUrl })).toStrictEqual(['http.publicUrl']),
  );
});
