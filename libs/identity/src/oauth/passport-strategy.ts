/**
 * Drives one of Passport's OAuth strategies without Express and without a session: state, nonce and PKCE are the journey's, given at the strategy's own
 * points of extension.
 */
import { createHash } from 'node:crypto';
import type { OAuth2 } from 'oauth';
import type { Strategy as OAuth2Strategy } from 'passport-oauth2';
import type { BoundedFetch } from './bounded-fetch.js';
import type { Journey } from './journey.js';

/** Who it is, as a strategy's verify callback hands it on. */
export interface Verified {
  /** What the provider's own address for profiles answered. */
  readonly profile: Readonly<Record<string, unknown>>;
  /** What came with the access token. */
  readonly params: Readonly<Record<string, unknown>>;
}

type VerifyDone = (error: null, verified: Verified) => void;

/** A strategy's verify callback: whether somebody may come in is decided elsewhere. */
export const verified = (
  _access: string,
  _refresh: string,
  params: Verified['params'],
  { _json }: { _json: object },
  done: VerifyDone,
): void => done(null, { profile: { ..._json }, params });

type Done = (error: unknown, data?: string) => void;

/** Replaces the strategy's own way to call, which knows no time-out; the access token goes into a header, not into the address. */
export function bindCalls(strategy: OAuth2Strategy, call: BoundedFetch): void {
  const client = (strategy as unknown as { readonly _oauth2: OAuth2 })._oauth2;
  client.useAuthorizationHeaderforGET(true);
  const request = async (method: string, url: string, headers: object | null, body: string, done: Done): Promise<void> => {
    const answer = await call(url, { method, headers: { accept: 'application/json', ...headers }, ...(body === '' ? {} : { body }) });
    const data = await answer.text();
    done(answer.ok ? null : { statusCode: answer.status, data }, data);
  };
  Object.assign(client, {
    _request: (method: string, url: string, headers: object | null, body: string, _token: null, done: Done) =>
      void request(method, url, headers, body, done).catch(done),
  });
}

/** The provider's page. @param more what the address has beside what every provider's has */
export async function pageBy(strategy: OAuth2Strategy, journey: Journey, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const outcome = await run(strategy, journey, {}, more);
  if (typeof outcome !== 'string') throw new Error('the strategy did not redirect');
  return outcome;
}

/** Who came back with the code. */
export async function verifiedBy(strategy: OAuth2Strategy, journey: Journey, query: URLSearchParams): Promise<Verified> {
  const outcome = await run(strategy, journey, Object.fromEntries(query), {});
  if (typeof outcome === 'string') throw new Error('the answer has no code');
  return outcome;
}

/** Once, as Passport would: on an object of its own that has the strategy's ways out. */
function run(strategy: OAuth2Strategy, { state, verifier }: Journey, query: object, more: object): Promise<string | Verified> {
  const { promise, resolve, reject } = Promise.withResolvers<string | Verified>();
  const code_challenge = createHash('sha256').update(verifier).digest('base64url');
  const once = Object.assign(Object.create(strategy) as OAuth2Strategy, {
    authorizationParams: (options: object) => ({
      ...strategy.authorizationParams(options),
      ...more,
      code_challenge,
      code_challenge_method: 'S256',
    }),
    tokenParams: (options: object) => ({ ...strategy.tokenParams(options), code_verifier: verifier }),
    redirect: resolve,
    success: resolve,
    fail: (challenge?: { message?: string }) => reject(new Error(challenge?.message ?? 'the provider refused')),
    error: reject,
  });
  once.authenticate({ query } as never, { state });
  return promise;
}
