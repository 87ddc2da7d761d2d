/** Google and Orange as they are shipped, without an address of ours in the configuration: where they are asked, and whose word counts. */
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { oauthProviderSchema } from '../../../common/src/configuration/oauth.schema.js';
import type { BoundedFetch } from './bounded-fetch.js';
import { googleService } from './google-service.js';
import { newJourney } from './journey.js';
import type { Claims, OAuthService } from './oauth-service.js';
import { OpenIdService } from './openid-service.js';

const OPTIONS = { clientId: 'us', clientSecret: 'secret', redirectUri: 'https://desk.example/api/v1/auth/oauth/x/callback' };
const JOURNEY = newJourney();
const schema = oauthProviderSchema({ id: z.string(), displayName: z.string() });
const shipped = (service: 'google' | 'orange') =>
  schema.parse({ kind: 'oauth2', id: service, displayName: service, service, clientId: 'us', clientSecret: 'secret' });

let key: Awaited<ReturnType<typeof generateKeyPair>>;
let keys: object;
/** What the provider answers, by address; nothing else is there. */
let answers: Map<string, object>;
let asked: string[];
beforeAll(async () => {
  key = await generateKeyPair('RS256');
  keys = { keys: [{ ...(await exportJWK(key.publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }] };
});
beforeEach(() => {
  answers = new Map();
  asked = [];
});

const call: BoundedFetch = async (url) => {
  asked.push(String(url));
  const answer = answers.get(String(url));
  return answer ? Response.json(answer) : Response.json({ error: 'not_found' }, { status: 404 });
};
const idToken = (issuer: string, claims: JWTPayload): Promise<string> =>
  new SignJWT({ nonce: JOURNEY.nonce, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'k' })
    .setIssuer(issuer)
    .setAudience('us')
    .setIssuedAt()
    .setExpirationTime('5 min')
    .sign(key.privateKey);
const claimsBy = (service: OAuthService): Promise<Claims> =>
  service.claimsFor(JOURNEY, new URLSearchParams({ code: 'code', state: JOURNEY.state }));
const placeOf = (page: string): string => page.replace(/\?.*/s, '');

describe('Google', () => {
  const CERTIFICATES = 'https://www.googleapis.com/oauth2/v3/certs';
  const TOKEN = 'https://www.googleapis.com/oauth2/v4/token';
  const PROFILE = 'https://www.googleapis.com/oauth2/v3/userinfo';
  const service = () => googleService(OPTIONS, shipped('google'), call);
  const said = async (issuer: string) => {
    answers.set(TOKEN, { access_token: 'a', token_type: 'Bearer', id_token: await idToken(issuer, { sub: '107', hd: 'example.com' }) });
    answers.set(PROFILE, { sub: '107', name: 'Fry', email: 'fry@example.com', email_verified: true });
    answers.set(CERTIFICATES, keys);
  };

  it('has its page at Google', async () => {
    const page = await service().pageFor(JOURNEY);
    expect(placeOf(page)).toBe('https://accounts.google.com/o/oauth2/v2/auth');
    expect(Object.fromEntries(new URL(page).searchParams)).toMatchObject({
      client_id: 'us',
      redirect_uri: OPTIONS.redirectUri,
      scope: 'openid profile email',
      state: JOURNEY.state,
      nonce: JOURNEY.nonce,
      code_challenge_method: 'S256',
    });
  });

  it.each(['https://accounts.google.com', 'accounts.google.com'])('is believed as %s', async (issuer) => {
    await said(issuer);
    expect(await claimsBy(service())).toMatchObject({ sub: '107', name: 'Fry', hd: 'example.com', email: 'fry@example.com' });
    expect(asked).toStrictEqual([TOKEN, PROFILE, CERTIFICATES]);
  });

  it.each(['https://accounts.google.com/', 'http://accounts.google.com', 'https://accounts.google.com.evil.example', 'https://id.example'])(
    'is not believed as %s',
    async (issuer) => {
      await said(issuer);
      await expect(claimsBy(service())).rejects.toThrow(/iss/);
    },
  );
});

describe('Orange', () => {
  const ISSUER = 'https://openid.orange.fr/';
  const PLACE = 'https://api.orange.com/openidconnect/fr/v1';
  const DISCOVERY = `${PLACE}/.well-known/openid-configuration`;
  const service = () => new OpenIdService(OPTIONS, shipped('orange'), call);
  const said = async (issuer: string, signedBy = issuer) => {
    answers.set(DISCOVERY, {
      issuer,
      authorization_endpoint: `${PLACE}/authorize`,
      token_endpoint: `${PLACE}/token`,
      jwks_uri: `${PLACE}/jwks`,
    });
    answers.set(`${PLACE}/token`, { access_token: 'a', token_type: 'Bearer', id_token: await idToken(signedBy, { sub: '248289761001' }) });
    answers.set(`${PLACE}/userinfo`, { sub: '248289761001' });
    answers.set(`${PLACE}/jwks`, keys);
  };

  it('has its page where its metadata says', async () => {
    await said(ISSUER);
    const page = await service().pageFor(JOURNEY);
    expect(placeOf(page)).toBe(`${PLACE}/authorize`);
    expect(asked).toStrictEqual([DISCOVERY]);
  });

  it('tells an id, from its own address for profiles where its metadata names none', async () => {
    await said(ISSUER);
    expect(await claimsBy(service())).toMatchObject({ sub: '248289761001' });
    expect(asked).toContain(`${PLACE}/userinfo`);
    expect(asked.every((url) => url.startsWith(`${PLACE}/`))).toBe(true);
  });

  it.each(['https://openid.orange.fr', 'https://openid.orange.fr.evil.example/'])('is not believed as %s', async (issuer) => {
    await said(issuer);
    await expect(service().pageFor(JOURNEY)).rejects.toThrow('another issuer');
    await said(ISSUER, issuer);
    await expect(claimsBy(service())).rejects.toThrow();
  });
});
