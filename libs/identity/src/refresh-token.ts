/** Refresh tokens: opaque to clients, `<session>.<256 random bits>`; the server keeps only a hash. */
import { hash, randomBytes } from 'node:crypto';
import { SESSION_ID } from './session.events.js';

const SECRET = /^[A-Za-z0-9_-]{43}$/;

export interface RefreshToken {
  readonly session: string;
  readonly token: string;
  /** SHA-256 of the token: 256 random bits need no salt and no slow hash. */
  readonly hash: string;
}

const withHash = (session: string, token: string): RefreshToken => ({
  session,
  token,
  hash: hash('sha256', token, 'base64url'),
});

export const newRefreshToken = (session: string): RefreshToken => withHash(session, `${session}.${randomBytes(32).toString('base64url')}`);

/** The token's parts; undefined for whatever cannot be one. */
export function parseRefreshToken(token: string): RefreshToken | undefined {
  const [session = '', secret = '', ...rest] = token.split('.');
  return rest.length === 0 && SESSION_ID.test(session) && SECRET.test(secret) ? withHash(session, token) : undefined;
}
