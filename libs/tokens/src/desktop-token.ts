/** The desktop token: carries the way to one run of a desktop through the browser, readable by the gateway alone. See docs/adr/0003. */
import { z } from 'zod';
import { DESKTOP_ID, DeskhandError } from '#libs/common';
import type { DesktopScope } from './agent-proof.js';
import { type DesktopTarget, TargetOpener, TargetSealer } from './desktop-target.js';
import type { KeyRing } from './key-ring.js';
import { SignedTokens } from './signed-token.js';
import { TokenCache, type Verified } from './token-cache.js';
import type { IssuedToken } from './user-token.js';

export const DESKTOP_SCOPES = ['control', 'view', 'files', 'audio'] as const satisfies readonly DesktopScope[];
export const DESKTOP_TOKEN_SECONDS = 300;

/** What a desktop token grants, to whom and where. */
export interface DesktopGrant {
  readonly userId: string;
  readonly sessionId: string;
  readonly desktop: string;
  readonly run: number;
  readonly scopes: readonly DesktopScope[];
  readonly target: DesktopTarget;
}

const KIND = { typ: 'desktop+jwt', audience: 'gateway', lifeSeconds: DESKTOP_TOKEN_SECONDS };

const scopesSchema = z
  .string()
  .transform((text) => text.split(' '))
  .pipe(z.array(z.enum(DESKTOP_SCOPES)).min(1));

const claimsSchema = z.object({
  sub: z.string().min(1),
  exp: z.number(),
  sid: z.string().min(1),
  desktop: z.string().regex(DESKTOP_ID),
  run: z.int().min(1),
  scope: scopesSchema,
  target: z.string().min(1),
});

/** The control plane's half: needs our signing key and the public half of the gateway's. */
export class DesktopTokenIssuer {
  readonly #tokens: SignedTokens;
  readonly #targets: TargetSealer;

  /** @param issuer the installation's id */
  constructor(ring: KeyRing, issuer: string) {
    this.#tokens = new SignedTokens(ring, issuer, KIND);
    this.#targets = new TargetSealer(ring);
  }

  async issue(grant: DesktopGrant, now = new Date()): Promise<IssuedToken> {
    const { userId, sessionId, desktop, run, scopes } = grant;
    const target = await this.#targets.seal(grant.target, now);
    const claims = { sub: userId, sid: sessionId, desktop, run, scope: scopes.join(' '), target };
    return { token: await this.#tokens.sign(claims, now), expiresInSeconds: DESKTOP_TOKEN_SECONDS };
  }
}

/** The gateway's half: needs the public signing keys and the private target keys. */
export class DesktopTokenVerifier {
  readonly #tokens: SignedTokens;
  readonly #cache: TokenCache<DesktopGrant>;
  readonly #targets: TargetOpener;

  /** @param issuer the installation's id */
  constructor(ring: KeyRing, issuer: string) {
    this.#tokens = new SignedTokens(ring, issuer, KIND);
    this.#targets = new TargetOpener(ring);
    this.#cache = new TokenCache(ring, { entries: 10_000, running: 1_000 });
  }

  /**
   * The signature is checked first and costs little; only what we signed costs private-key work, on the thread pool and once for all tokens of a run.
   * @throws DeskhandError `DESKTOP_TOKEN_INVALID`; `TOO_MANY_REQUESTS` under a flood of tokens never seen, which does not touch known ones
   */
  verify(token: string, now = new Date()): Promise<DesktopGrant> {
    return this.#cache.get(token, now, () => this.#check(token, now));
  }

  /** What a token that was verified before grants, as long as it is good; at once, for those who cannot wait. */
  known(token: string, nowMs = Date.now()): DesktopGrant | undefined {
    return this.#cache.known(token, nowMs);
  }

  /** @throws DeskhandError at once for what we did not sign: such a token takes no place among those that are being opened */
  #check(token: string, now: Date): Promise<Verified<DesktopGrant>> {
    try {
      const { kid, claims } = this.#tokens.verify(token, now);
      const { sub, sid, exp, scope, target, ...run } = claimsSchema.parse(claims);
      const grant = (opened: DesktopTarget) => ({ userId: sub, sessionId: sid, ...run, scopes: scope, target: opened });
      return this.#targets
        .open(target)
        .then((opened) => ({ value: grant(opened), kid, expiresAt: exp * 1000 }))
        .catch(refuse);
    } catch (cause) {
      return refuse(cause);
    }
  }
}

function refuse(cause: unknown): never {
  throw new DeskhandError('DESKTOP_TOKEN_INVALID', undefined, {}, { cause });
}
