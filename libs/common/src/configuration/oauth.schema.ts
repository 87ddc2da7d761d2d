/** Settings of a way of logging in through somebody else's pages: OAuth 2.0 and OpenID Connect. */
import { z } from 'zod';
import { isCertificates } from './certificates.js';
import { isPublicMailDomain, isPublicProvider } from './public-domains.js';

/** Hosts that mean this machine and no other. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether what is sent there can be read by nobody else: https, or this machine. */
export function isPrivateLine(text: string): boolean {
  const url = URL.parse(text);
  if (url?.username !== '' || url.password !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}

/** An address that secrets are sent to. */
const endpoint = () => z.string().max(2000).refine(isPrivateLine, 'must be an https address; http only on this machine');
const texts = (text: string) => z.array(z.string().min(1).max(320)).max(1000).default([]).describe(text);
const claim = (fallback: string, text: string) => z.string().min(1).max(100).default(fallback).describe(text);

/** Everybody has, or can make, an account at these: an installation must say whom it means. */
const PUBLIC_SERVICES = ['google', 'facebook', 'orange'] as const;

export const oauthProviderSchema = (shared: { id: z.ZodString; displayName: z.ZodString }) =>
  z.strictObject({
    kind: z.literal('oauth2').describe("OAuth 2.0 or OpenID Connect: people log in on the provider's own pages. Needs `http.publicUrl`."),
    ...shared,
    demo: z.boolean().default(false).describe('Logins work on loopback only.'),
    service: z
      .enum([...PUBLIC_SERVICES, 'openid'])
      .describe('`openid`: any OpenID provider, found by its `issuer`, or any OAuth 2.0 server with its `endpoints`.'),
    clientId: z.string().min(1).max(500).describe('What the provider calls this installation.'),
    clientSecret: z.string().min(1).max(1000).describe('What this installation proves itself with: better `file:PATH`.'),
    secretIn: z
      .enum(['header', 'body'])
      .optional()
      .describe('Where the secret goes in a call. By default as the metadata says, else in the header; for plain OAuth 2.0 in the body.'),
    issuer: endpoint().optional().describe('Who signs its ID tokens. Needed with `openid`, unless all `endpoints` are given.'),
    discovery: endpoint().optional().describe('Where its metadata is; below its `issuer` by default.'),
    endpoints: z
      .strictObject({
        authorization: endpoint().describe('Where the browser goes.'),
        token: endpoint().describe('Where a code becomes tokens.'),
        userinfo: endpoint().describe('Who it is.'),
        keys: endpoint().optional().describe('Its public keys. Without them there is no ID token: plain OAuth 2.0.'),
      })
      .optional()
      .describe('For a provider without metadata: where it answers.'),
    scopes: texts("What is asked for; by default what name, mail and groups need: `openid profile email`, or the service's own."),
    signing: z.enum(['RS256', 'PS256', 'ES256', 'EdDSA']).default('RS256').describe('How its ID tokens are signed; no other way counts.'),
    authority: z
      .string()
      .max(100_000)
      .refine(isCertificates, 'is not certificates in PEM: name their file as `file:PATH`')
      .optional()
      .describe('Certificates (PEM) of the authority that vouches for it, where that is not a public one.'),
    timeoutMs: z.int().min(100).max(60_000).default(5_000).describe('For each of its answers. Milliseconds.'),
    claims: z
      .strictObject({
        subject: claim('sub', 'What it never gives to somebody else. Only plain OAuth 2.0 may need another than `sub`.'),
        name: claim('name', 'What people are called.'),
        mail: claim('email', 'Their address; it counts only where `email_verified` is `true`.'),
        groups: claim('groups', 'Their groups, a list. A dot leads into an object: `realm_access.roles`.'),
      })
      .prefault({})
      .describe('Which claim tells what.'),
    allow: z
      .strictObject({
        everybody: z.boolean().default(false).describe('Everybody who has an account there; refused where that is the whole world.'),
        domains: texts(
          'Whoever has a verified address of exactly one of these domains, which may be none of those that give everybody an address; of Google, a Workspace account of that domain.',
        ),
        addresses: texts('Whoever has one of these addresses, verified.'),
        groups: texts('Whoever is in one of these groups.'),
        subjects: texts('These accounts, by the id that the provider gives them.'),
      })
      .prefault({})
      .describe('Who may log in: whoever fits one of these.'),
  });

export type OAuthProviderConfiguration = z.infer<ReturnType<typeof oauthProviderSchema>>;

interface Fault {
  readonly path: readonly string[];
  readonly message: string;
}

/** What is wrong with settings that are each allowed, but not together. Pure. */
export function findOAuthFaults(provider: OAuthProviderConfiguration): readonly Fault[] {
  const { service, issuer, endpoints, claims, allow } = provider;
  const lists = [allow.domains, allow.addresses, allow.groups, allow.subjects];
  const isPlain = service === 'openid' && endpoints !== undefined && endpoints.keys === undefined;
  const faults: Fault[] = [];
  if (!allow.everybody && lists.every((list) => list.length === 0))
    faults.push({ path: ['allow'], message: 'names nobody: list domains, addresses, groups or subjects, or nobody could log in' });
  if (allow.everybody && isPublic(provider))
    faults.push({ path: ['allow', 'everybody'], message: 'would let the whole world in: list domains, addresses, groups or subjects' });
  for (const [index, domain] of allow.domains.entries())
    if (isPublicMailDomain(domain))
      faults.push({
        path: ['allow', 'domains', String(index)],
        message: `everybody in the world can have an address of ${domain}: list addresses or subjects`,
      });
  if (service === 'facebook' && [...allow.domains, ...allow.addresses, ...allow.groups].length > 0)
    faults.push({ path: ['allow'], message: 'Facebook vouches for no address and knows no groups: list subjects' });
  if (claims.mail !== 'email' && [...allow.domains, ...allow.addresses].length > 0)
    faults.push({
      path: ['claims', 'mail'],
      message: 'must be email where domains or addresses are allowed: email_verified vouches for no other',
    });
  if (service === 'openid' && issuer === undefined && !isPlain)
    faults.push({ path: ['issuer'], message: 'is missing: an ID token is checked against it' });
  if (!isPlain && claims.subject !== 'sub')
    faults.push({
      path: ['claims', 'subject'],
      message: 'must be sub: other claims of an OpenID provider can go to somebody else one day',
    });
  return faults;
}

const isPublic = ({ service, issuer, endpoints }: OAuthProviderConfiguration): boolean =>
  service !== 'openid' || [issuer, endpoints?.authorization].some((address) => address !== undefined && isPublicProvider(address));
