/** Finds out who calls: a good user token of a session that still lives. */
import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { type AuthenticatedUser, DeskhandError } from '#libs/common';
import { IdentityViews } from '#libs/identity';
import { cookiePlaces, readCookies, UserTokens } from '#libs/tokens';
import { isSecure } from './client.js';

/** Nobody has more cookies of one name than that by accident. */
const MAX_COOKIES = 3;

@Injectable()
export class Callers {
  constructor(
    private readonly tokens: UserTokens,
    private readonly views: IdentityViews,
  ) {}

  /** @throws DeskhandError `UNAUTHENTICATED`, `SESSION_ENDED` */
  async identify(request: Request): Promise<AuthenticatedUser> {
    const user = await this.#verified(tokensOf(request));
    if (!(await this.views.sessions.isLive(user.sessionId))) throw new DeskhandError('SESSION_ENDED');
    return user;
  }

  /** The first good one: another site of the domain may have planted a cookie beside ours. */
  async #verified(candidates: readonly string[]): Promise<AuthenticatedUser> {
    let refusal: unknown;
    for (const token of candidates) {
      try {
        return await this.tokens.verify(token);
      } catch (error) {
        refusal = error;
      }
    }
    throw refusal ?? new DeskhandError('UNAUTHENTICATED');
  }
}

/** A header is what the caller chose to send, so it alone counts where there is one. */
function tokensOf(request: Request): readonly string[] {
  const { authorization, cookie } = request.headers;
  if (authorization === undefined) return readCookies(cookie, cookiePlaces(isSecure(request)).user.name).slice(0, MAX_COOKIES);
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  return token === undefined ? [] : [token];
}
