/**
 * How tokens travel to a client and back. Every client gets both cookies. The refresh token stands in the body as well, but only for clients that
 * are no browsers, so that no script of a page ever holds it. A browser is whoever sends `Origin` or `Sec-Fetch-Site`, which pages
 * can neither remove nor forge, or already shows our refresh cookie.
 */
import type { Request, Response } from 'express';
import type { AuthenticatedUser } from '#libs/common';
import type { SignedIn } from '#libs/identity';
import { COOKIE_PATHS, cookieNames, readCookies, tokenCookie } from '#libs/tokens';
import { isSecure } from '../http/secure.js';
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

export const refreshCookie = (request: Request): string | undefined =>
  readCookies(request.headers.cookie, cookieNames(isSecure(request)).refresh)[0];

export const userAnswer = ({ id, name, provider, roles, labels }: AuthenticatedUser): UserAnswer => ({ id, name, provider, roles, labels });

const isBrowser = (request: Request): boolean =>
  request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined || refreshCookie(request) !== undefined;

function setCookie(request: Request, response: Response, which: 'user' | 'refresh', value: string, maxAgeSeconds: number): void {
  const secure = isSecure(request);
  response.append('Set-Cookie', tokenCookie({ name: cookieNames(secure)[which], value, path: COOKIE_PATHS[which], maxAgeSeconds, secure }));
}
