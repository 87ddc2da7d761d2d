/** The desktop token: carries the way to one run of a desktop through the browser, readable by the gateway alone. See docs/adr/0003. */
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { CompactEncrypt } from 'jose';
import { z } from 'zod';
import { DESKTOP_ID, DeskhandError } from '#libs/common';
import type { DesktopScope } from './agent-proof.js';
import { BoundedWork } from './bounded-work.js';
import type { KeyRing } from './key-ring.js';
import { openSealed } from './sealed-target.js';
import { SignedTokens } from './signed-token.js';
import { TokenCache, type Verified } from './token-cache.js';
import type { IssuedToken } from './user-token.js';

export const DESKTOP_SCOPES = ['control', 'view', 'files', 'audio'] as const satisfies readonly DesktopScope[];
export const DESKTOP_TOKEN_SECONDS = 300;

/** Where the agent of a run listens, and the secret it shares with whoever may call it. */
export interface DesktopTarget {
  /** An IP address, never a name. */
  readonly address: string;
  readonly port: number;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

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
const KEY_ENCRYPTION = 'RSA-OAEP-256';
const CONTENT_ENCRYPTION = 'A256GCM';

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

const targetSchema = z.object({
  address: z.string().refine((address) => isIP(address) !== 0),
  port: z.int().min(1).max(65_535),
  secret: z.string().regex(/^[\w-]{43}$/),
});

/** The control plane's half: needs our signing key and the public half of the gateway's. */
export class DesktopTokenIssuer {
  readonly #ring: KeyRing;
  readonly #tokens: SignedTokens;

  /** @param issuer the installation's id */
  constructor(ring: KeyRing, issuer: string) {
    this.#ring = ring;
    this.#tokens = new SignedTokens(ring, issuer, KIND);
  }

  async issue(grant: DesktopGrant, now = new Date()): Promise<IssuedToken> {
    const { userId, sessionId, desktop, run, scopes } = grant;
    const claims = { sub: userId, sid: sessionId, desktop, run, scope: scopes.join(' '), target: await this.#seal(grant.target, now) };
    return { token: await this.#tokens.sign(claims, now), expiresInSeconds: DESKTOP_TOKEN_SECONDS };
  }

  #seal({ address, port, secret }: DesktopTarget, now: Date): Promise<string> {
    const { kid, key } = this.#ring.encryptionKey(now);
    const text = JSON.stringify({ address, port, secret: Buffer.from(secret).toString('base64url') });
    return new CompactEncrypt(Buffer.from(text)).setProtectedHeader({ alg: KEY_ENCRYPTION, enc: CONTENT_ENCRYPTION, kid }).encrypt(key);
  }
}

/** The gateway's half: needs the public signing keys and the private target keys. */
export class DesktopTokenVerifier {
  readonly #ring: KeyRing;
  readonly #tokens: SignedTokens;
  readonly #cache: TokenCache<DesktopGrant>;
  /**
   * Node's thread pool has four threads and serves files and names too: private-key work never takes more than half of it, and leaves a processor to the
   * event loop, where streams of others flow.
   */
  readonly #decryptions = new BoundedWork(availableParallelism() > 2 ? 2 : 1);

  /** @param issuer the installation's id */
  constructor(ring: KeyRing, issuer: string) {
    this.#ring = ring;
    this.#tokens = new SignedTokens(ring, issuer, KIND);
    this.#cache = new TokenCache(ring, { entries: 10_000, running: 1_000 });
  }

  /**
   * The signature is checked first and costs little; only what we signed costs private-key work, on the thread pool and once a token.
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
      return this.#decryptions
        .run(() => this.#open(target))
        .then((opened) => ({ value: grant(opened), kid, expiresAt: exp * 1000 }))
        .catch(refuse);
    } catch (cause) {
      return refuse(cause);
    }
  }

  async #open(sealed: string): Promise<DesktopTarget> {
    const { address, port, secret } = targetSchema.parse(JSON.parse(await openSealed(sealed, (kid) => this.#ring.decryptionKey(kid))));
    return { address, port, secret: Buffer.from(secret, 'base64url') };
  }
}

function refuse(cause: unknown): never {
  throw new DeskhandError('DESKTOP_TOKEN_INVALID', undefined, {}, { cause });
}
