/** The user token: says to the api who is calling, for some minutes at a time. */
import { z } from 'zod';
import { type AuthenticatedUser, DeskhandError } from '#libs/common';
import type { KeyRing } from './key-ring.js';
import { SignedTokens } from './signed-token.js';
import { TokenCache, type Verified } from './token-cache.js';

export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

const claimsSchema = z.object({
  sub: z.string().min(1),
  exp: z.number(),
  sid: z.string().min(1),
  provider: z.string().min(1),
  subject: z.string().min(1),
  name: z.string(),
  roles: z.array(z.string()),
  labels: z.array(z.string()),
});

export class UserTokens {
  readonly #tokens: SignedTokens;
  readonly #lifeSeconds: number;
  readonly #cache: TokenCache<AuthenticatedUser>;

  /**
   * @param issuer the installation's id
   * @param lifeSeconds how long a token is good
   */
  constructor(ring: KeyRing, issuer: string, lifeSeconds: number) {
    this.#tokens = new SignedTokens(ring, issuer, { typ: 'user+jwt', audience: 'api', lifeSeconds });
    this.#cache = new TokenCache(ring, { entries: 10_000, running: 1_000 });
    this.#lifeSeconds = lifeSeconds;
  }

  async issue(user: AuthenticatedUser, now = new Date()): Promise<IssuedToken> {
    const { id, sessionId, provider, subject, name, roles, labels } = user;
    const claims = { sub: id, sid: sessionId, provider, subject, name, roles, labels };
    return { token: await this.#tokens.sign(claims, now), expiresInSeconds: this.#lifeSeconds };
  }

  /**
   * Says nothing about the session: whether it still lives is for the caller to ask.
   * @throws DeskhandError `UNAUTHENTICATED`; `TOO_MANY_REQUESTS` under a flood of tokens never seen
   */
  verify(token: string, now = new Date()): Promise<AuthenticatedUser> {
    return this.#cache.get(token, now, () => this.#check(token, now));
  }

  async #check(token: string, now: Date): Promise<Verified<AuthenticatedUser>> {
    try {
      const { kid, claims } = this.#tokens.verify(token, now);
      const { sub, sid, exp, ...person } = claimsSchema.parse(claims);
      return { value: { id: sub, sessionId: sid, ...person }, kid, expiresAt: exp * 1000 };
    } catch (cause) {
      throw new DeskhandError('UNAUTHENTICATED', undefined, {}, { cause });
    }
  }
}
