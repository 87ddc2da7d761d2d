/** The one way in which our tokens are signed and checked: RS256, our keys, our issuer, a type and an audience for each kind. */
import { type KeyObject, randomUUID, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { type JWTPayload, jwtVerify } from 'jose';
import type { KeyRing } from './key-ring.js';

/** Keeps the kinds of token apart: a token of one kind is never taken for another. */
export interface TokenKind {
  readonly typ: string;
  readonly audience: string;
}

const ALGORITHM = 'RS256';
/** Browsers keep cookies of 4 KiB; what is longer than this is nobody's token and costs no further work. */
const MAX_TOKEN_LENGTH = 8192;

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
  async sign(claims: JWTPayload & { sub: string }, lifeSeconds: number, now: Date): Promise<string> {
    const { kid, key } = this.#ring.signingKey(now);
    const iat = Math.floor(now.getTime() / 1000);
    const header = { alg: ALGORITHM, typ: this.#kind.typ, kid };
    const payload = { ...claims, iss: this.#issuer, aud: this.#kind.audience, iat, exp: iat + lifeSeconds, jti: randomUUID() };
    const content = `${encode(header)}.${encode(payload)}`;
    return `${content}.${(await signOnPool('RSA-SHA256', Buffer.from(content), key)).toString('base64url')}`;
  }

  /** The claims of a token that is right in all that every token has. Whatever is wrong throws; nobody but us needs to know what. */
  async verify(token: string, now: Date): Promise<JWTPayload> {
    if (token.length > MAX_TOKEN_LENGTH) throw new TypeError('the token is too long');
    const { payload } = await jwtVerify(
      token,
      // Keys come from our ring only: `jwk`, `jku` and `x5u` of a header are never looked at.
      ({ kid }) => {
        const key = this.#ring.verificationKey(kid);
        if (!key) throw new TypeError('the token names a key that is not ours');
        return key;
      },
      {
        algorithms: [ALGORITHM],
        typ: this.#kind.typ,
        audience: this.#kind.audience,
        issuer: this.#issuer,
        requiredClaims: ['sub', 'exp', 'iat', 'jti'],
        currentDate: now,
      },
    );
    return payload;
  }
}
