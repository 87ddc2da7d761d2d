/** Gives a user the token that leads to their ready desktop; browsers get it as a cookie on the desktop's own path. */
import { Injectable } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { Request, Response } from 'express';
import { type AuthenticatedUser, DeskhandError } from '#libs/common';
import { GetDesktop } from '#libs/desktops';
import { cookiePlaces, type DesktopScope, DesktopSecrets, DesktopTokenIssuer, tokenCookie } from '#libs/tokens';
import { isSecure } from '../http/client.js';
import type { DesktopTokenAnswer } from './desktop.dto.js';

const DEFAULT_SCOPES: readonly DesktopScope[] = ['control', 'files', 'audio'];

@Injectable()
export class DesktopTokens {
  constructor(
    private readonly queries: QueryBus,
    private readonly issuer: DesktopTokenIssuer,
    private readonly secrets: DesktopSecrets,
  ) {}

  async issue(
    id: string,
    user: AuthenticatedUser,
    scopes: readonly DesktopScope[] = DEFAULT_SCOPES,
    request: Request,
    response: Response,
  ): Promise<DesktopTokenAnswer> {
    const { state } = await this.queries.execute(new GetDesktop(id, user));
    if (state.status !== 'ready') throw new DeskhandError('DESKTOP_NOT_READY', `The desktop is ${state.status}.`);
    const { token, expiresInSeconds } = await this.issuer.issue({
      userId: user.id,
      sessionId: user.sessionId,
      desktop: id,
      run: state.run,
      scopes: scopes.length > 0 ? scopes : DEFAULT_SCOPES,
      target: { ...state.endpoint, secret: this.secrets.secretOf({ desktop: id, run: state.run }) },
    });
    const secure = isSecure(request);
    const place = cookiePlaces(secure).desktop(id);
    response.append('Set-Cookie', tokenCookie({ ...place, value: token, maxAgeSeconds: expiresInSeconds, secure }));
    return { desktopToken: token, expiresIn: expiresInSeconds, path: place.path };
  }
}
