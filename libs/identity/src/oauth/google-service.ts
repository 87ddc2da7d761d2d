/** Google, by passport-google-oauth20; what the strategy leaves out, the ID token, is checked here. */
import { Strategy } from 'passport-google-oauth20';
import type { OAuthProviderConfiguration } from '#libs/common';
import type { BoundedFetch } from './bounded-fetch.js';
import { idTokenCheck } from './id-token.js';
import { confirmed, type OAuthService, type ServiceOptions } from './oauth-service.js';
import { bindCalls, pageBy, verified, verifiedBy } from './passport-strategy.js';

/** Google signs with either name. */
const ISSUERS = ['https://accounts.google.com', 'accounts.google.com'];
const KEYS = 'https://www.googleapis.com/oauth2/v3/certs';

type Settings = Pick<OAuthProviderConfiguration, 'issuer' | 'endpoints' | 'scopes' | 'signing'>;

export function googleService(
  { clientId, clientSecret, redirectUri }: ServiceOptions,
  { issuer, endpoints, scopes, signing }: Settings,
  call: BoundedFetch,
): OAuthService {
  const strategy = new Strategy(
    {
      clientID: clientId,
      clientSecret,
      callbackURL: redirectUri,
      scope: scopes.length > 0 ? [...scopes] : ['openid', 'profile', 'email'],
      ...(endpoints ? { authorizationURL: endpoints.authorization, tokenURL: endpoints.token, userProfileURL: endpoints.userinfo } : {}),
    },
    verified as never,
  );
  bindCalls(strategy, call);
  const rules = { keys: endpoints?.keys ?? KEYS, issuer: issuer ?? ISSUERS, clientId, algorithm: signing };
  const check = idTokenCheck(rules, call);
  return {
    pageFor: (journey) => pageBy(strategy, journey, { nonce: journey.nonce }),
    claimsFor: async (journey, query) => {
      const { profile, params } = await verifiedBy(strategy, journey, query);
      const signed = await check(params.id_token, journey.nonce);
      if (profile.sub !== signed.sub) throw new Error('the profile is that of somebody else');
      return confirmed(profile, signed);
    },
  };
}
