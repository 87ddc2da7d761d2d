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
  setCookie(request, response, 'user', accessToken, expiresInSeconds);
  if (refreshToken !== undefined) setCookie(request, response, 'refresh', refreshToken, secondsLeft);
  return {
    accessToken,
    tokenType: 'Bearer',
    expiresIn: expiresInSeconds,
    user: userAnswer(user),
    ...(refreshToken === undefined || isBrowser(request) ? {} : { refreshToken }),
  };
}

export function clearCookies(request: Request, response: Response): void {
  setCookie(request, response, 'user', '', 0);
  setCookie(request, response, 'refresh', '', 0);
}

/** The only one: of two, somebody has planted one, and the session behind it may be theirs. */
export function refreshCookie(request: Request): string | undefined {
  const [cookie, another] = refreshCookies(request);
  return another === undefined ? cookie : undefined;
}

const refreshCookies = (request: Request): readonly string[] =>
  readCookies(request.headers.cookie, cookiePlaces(isSecure(request)).refresh.name);

export const userAnswer = ({ id, name, provider, roles, labels }: AuthenticatedUser): UserAnswer => ({ id, name, provider, roles, labels });

const isBrowser = (request: Request): boolean =>
  request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined || refreshCookies(request).length > 0;

function setCookie(request: Request, response: Response, which: 'user' | 'refresh', value: string, maxAgeSeconds: number): void {
  const secure = isSecure(request);
  response.append('Set-Cookie', tokenCookie({ ...cookiePlaces(secure)[which], value, maxAgeSeconds, secure }));
}
