/**
 * How tokens travel to a client and back. Every client gets both cookies. The refresh token stands in the body as well, but only for clients that
 * are no browsers, so that no script of a page ever holds it. A browser is whoever sends `Origin` or `Sec-Fetch-Site`, which pages
 * can neither remove nor forge, or already shows our refresh cookie.
 */
import type { Request, Response } from 'express';
import type { AuthenticatedUser } from '#libs/common';
import type { SignedIn } from '#libs/identity';
import { cookiePlaces, readCookies, tokenCookie } from '#libs/tokens';
import { isSecure } from '../http/client.js';
import type { LoginAnswer, UserAnswer } from './auth.dto.js';

/** Answers with the tokens in the way that suits the client. */
export function answerSignedIn(request: Request, response: Response, signedIn: SignedIn): LoginAnswer {
  const { user, accessToken, expiresInSeconds, refreshToken, sessionExpiresAt } = signedIn;
  const secondsLeft = Math.max(1, (Date.parse(sessionExpiresAt) - Date.now()) / 1000);
  const secure = isSecure(request);
  setCookie(response, secure, 'user', accessToken, expiresInSeconds);
  if (refreshToken !== undefined) setCookie(response, secure, 'refresh', refreshToken, secondsLeft);
  return {
    accessToken,
    tokenType: 'Bearer',
    expiresIn: expiresInSeconds,
    user: userAnswer(user),
    ...(refreshToken === undefined || isBrowser(request, secure) ? {} : { refreshToken }),
  };
}

export function clearCookies(request: Request, response: Response): void {
  const secure = isSecure(request);
  setCookie(response, secure, 'user', '', 0);
  setCookie(response, secure, 'refresh', '', 0);
}

/** The only one: of two, somebody has planted one, and the session behind it may be theirs. */
export function refreshCookie(request: Request): string | undefined {
  const [cookie, another] = refreshCookies(request, isSecure(request));
  return another === undefined ? cookie : undefined;
}

const refreshCookies = ({ headers }: Request, secure: boolean): readonly string[] =>
  readCookies(headers.cookie, cookiePlaces(secure).refresh.name);

export const userAnswer = ({ id, name, provider, roles, labels }: AuthenticatedUser): UserAnswer => ({ id, name, provider, roles, labels });

const isBrowser = (request: Request, secure: boolean): boolean =>
  request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined || refreshCookies(request, secure).length > 0;

function setCookie(response: Response, secure: boolean, which: 'user' | 'refresh', value: string, maxAgeSeconds: number): void {
  response.append('Set-Cookie', tokenCookie({ ...cookiePlaces(secure)[which], value, maxAgeSeconds, secure }));
}
