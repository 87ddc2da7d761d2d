/** Checks an ID token as OpenID Connect wants it (Core, 3.1.3.7): signature, issuer, audience, life, and that it is for this journey. */
import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify } from 'jose';
import type { BoundedFetch } from './bounded-fetch.js';

const CLOCK_TOLERANCE_SECONDS = 60;

export interface IdTokenRules {
  readonly keys: string;
  readonly issuer: string | string[];
  readonly clientId: string;
  readonly algorithm: string;
}

/** @returns a check that throws where the token does not hold */
export function idTokenCheck({ keys, issuer, clientId, algorithm }: IdTokenRules, call: BoundedFetch) {
  const keySet = createRemoteJWKSet(new URL(keys), { [customFetch]: (url, init) => call(url, init) });
  return async (token: unknown, nonce: string): Promise<JWTPayload> => {
    if (typeof token !== 'string') throw new Error('there is no ID token');
    const { payload } = await jwtVerify(token, keySet, {
      issuer,
      audience: clientId,
      algorithms: [algorithm],
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'nonce'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
    if (payload.nonce !== nonce) throw new Error('the ID token is for another login');
    const isForOthersToo = Array.isArray(payload.aud) && payload.aud.length > 1;
    if ((isForOthersToo || payload.azp !== undefined) && payload.azp !== clientId)
      throw new Error('the ID token was made for another client');
    return payload;
  };
}
