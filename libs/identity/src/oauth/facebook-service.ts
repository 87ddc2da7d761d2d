/** Facebook, by passport-facebook: OAuth 2.0 with a profile of its own and no ID token; each call proves that it is ours. */
import { Strategy } from 'passport-facebook';
import type { OAuthProviderConfiguration } from '#libs/common';
import type { BoundedFetch } from './bounded-fetch.js';
import type { OAuthService, ServiceOptions } from './oauth-service.js';
import { bindCalls, pageBy, verified, verifiedBy } from './passport-strategy.js';

const GRAPH_VERSION = 'v23.0';

type Settings = Pick<OAuthProviderConfiguration, 'endpoints' | 'scopes'>;

export function facebookService(
  { clientId, clientSecret, redirectUri }: ServiceOptions,
  { endpoints, scopes }: Settings,
  call: BoundedFetch,
): OAuthService {
  const strategy = new Strategy(
    {
      clientID: clientId,
      clientSecret,
      callbackURL: redirectUri,
      graphAPIVersion: GRAPH_VERSION,
      enableProof: true,
      profileFields: ['id', 'displayName', 'emails'],
      scope: scopes.length > 0 ? [...scopes] : ['public_profile', 'email'],
      ...(endpoints ? { authorizationURL: endpoints.authorization, tokenURL: endpoints.token, profileURL: endpoints.userinfo } : {}),
    },
    verified as never,
  );
  bindCalls(strategy, call);
  return {
    pageFor: (journey) => pageBy(strategy, journey),
    claimsFor: async (journey, query) => {
      const { profile } = await verifiedBy(strategy, journey, query);
      // Facebook says `id` where everybody else says `sub`, and of its addresses it does not say whether it has seen a proof.
      const { id, ...claims } = profile;
      return { ...claims, sub: id, email_verified: undefined };
    },
  };
}
