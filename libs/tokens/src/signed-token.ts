/** The one way in which our tokens are signed and checked: RS256, our keys, our issuer, a type and an audience for each kind. */
import { type KeyObject, randomUUID, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import type { JWTPayload } from 'jose';
import type { KeyRing } from './key-ring.js';

/** Keeps the kinds of token apart: a token of one kind is never taken for another. */
export interface TokenKind {
  readonly typ: string;
  readonly audience: string;
  /** For which one is issued, and which none may exceed. */
  readonly lifeSeconds: number;
}

/** What a token that is right says, and the `kid` that it was signed with. */
export interface Signed {
  readonly kid: string;
  readonly claims: Record<string, unknown>;
}

const ALGORITHM = 'RS256';
/** Browsers keep cookies of 4 KiB; what is longer than this is nobody's token and costs no further work. */
const MAX_TOKEN_LENGTH = 8192;
/** Clocks of ours may differ by so much. */
const LEEWAY_SECONDS = 60;
const BASE64URL = /^[\w-]+$/;

/** PKCS #1 v1.5, as RS256 wants it, is what node:crypto does with RSA keys. */
const signOnPool: (algorithm: string, data: Buffer, key: KeyObject) => Promise<Buffer> = promisify(sign);
const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

export class SignedTokens {
  readonly #ring: KeyRing;
  readonly #issuer: string;
  readonly #kind: TokenKind;

  /** @param issuer the installation's id: the `iss` of every token */
  constructor(ring: KeyRing, issuer: string, kind: TokenKind) {
    this.#ring = ring;
    this.#issuer = issuer;
    this.#kind = kind;
  }

  /** RFC 7515, 7.1. By hand, on the thread pool: jose's way would cost a fifth of the signature more, and sign on the event loop's thread. */
  async sign(claims: JWTPayload & { sub: string }, now: Date): Promise<string> {
    const { kid, key } = this.#ring.signingKey(now);
    const iat = Math.floor(now.getTime() / 1000);
    const header = { alg: ALGORITHM, typ: this.#kind.typ, kid };
    const { audience, lifeSeconds } = this.#kind;
    const payload = { ...claims, iss: this.#issuer, aud: audience, iat, exp: iat + lifeSeconds, jti: randomUUID() };
    const content = `${encode(header)}.${encode(payload)}`;
    return `${content}.${(await signOnPool('RSA-SHA256', Buffer.from(content), key)).toString('base64url')}`;
  }

  /**
   * What a token says that is right in all that every token has. Whatever is wrong throws; nobody but us needs to know what.
   * At once and on this thread: one verification costs less than handing it to another.
   */
  verify(token: string, now: Date): Signed {
    if (token.length > MAX_TOKEN_LENGTH) throw new TypeError('the token is too long');
    const [header, claims, signature, ...more] = token.split('.');
    if (!header || !claims || !signature || more.length > 0) throw new TypeError('the token is no compact JWS');
    if (![header, claims, signature].every((part) => BASE64URL.test(part))) throw new TypeError('the token is not base64url');
    const { alg, typ, kid, crit, b64 } = parse(header);
    if (alg !== ALGORITHM || typ !== this.#kind.typ || crit !== undefined || b64 !== undefined)
      throw new TypeError('the token is of another kind');
    // Keys come from our ring only: `jwk`, `jku` and `x5u` of a header are never looked at.
    const key = typeof kid === 'string' ? this.#ring.verificationKey(kid) : undefined;
    if (!key) throw new TypeError('the token names a key that is not ours');
    if (!verify('sha256', Buffer.from(`${header}.${claims}`, 'latin1'), key, Buffer.from(signature, 'base64url')))
      throw new TypeError('the signature is wrong');
    return { kid: kid as string, claims: this.#check(parse(claims), Math.floor(now.getTime() / 1000)) };
  }

  #check(claims: Record<string, unknown>, seconds: number): Record<string, unknown> {
    const { iss, aud, sub, jti, iat, exp, nbf } = claims;
    if (iss !== this.#issuer || aud !== this.#kind.audience) throw new TypeError('the token is for somebody else');
    if (typeof sub !== 'string' || typeof jti !== 'string' || !Number.isFinite(iat)) throw new TypeError('the token lacks a claim');
    if (typeof exp !== 'number' || !(exp > seconds)) throw new TypeError('the token has expired');
    // Not even with a key of ours is one made that outlives what we issue: a denial is forgotten after that time.
    if (exp > seconds + this.#kind.lifeSeconds + LEEWAY_SECONDS) throw new TypeError('the token lives too long');
    if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= seconds)) throw new TypeError('the token is not good yet');
    return claims;
  }
}

function parse(part: string): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('the token holds no object');
  return value as Record<string, unknown>;
}
