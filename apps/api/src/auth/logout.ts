/** Ends the session of whoever logs out: known by the user token, or, as that one is short-lived, by the refresh cookie. */
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Request } from 'express';
import type { AuthenticatedUser } from '#libs/common';
import { EventStore } from '#libs/event-sourcing';
import { EndAllSessions, EndSession, userOfRefreshToken } from '#libs/identity';
import { UsersDesktops } from '../desktops/users-desktops.js';
import { Callers } from '../http/callers.js';
import type { LogoutBody } from './auth.dto.js';
import { refreshCookie } from './login-cookies.js';

@Injectable()
export class Logout {
  constructor(
    private readonly commands: CommandBus,
    private readonly store: EventStore,
    private readonly callers: Callers,
    private readonly desktops: UsersDesktops,
  ) {}

  /** @throws DeskhandError `UNAUTHENTICATED`, `SESSION_ENDED` */
  async execute(request: Request, { stopDesktop = false, everywhere = false }: LogoutBody): Promise<void> {
    const user = await this.#userOf(request);
    if (stopDesktop) await this.desktops.stopAll(user);
    const at = new Date().toISOString();
    await this.commands.execute(new EndSession(user.sessionId, 'logout', at, user));
    if (everywhere) await this.commands.execute(new EndAllSessions(user, 'revoked', at));
  }

  async #userOf(request: Request): Promise<AuthenticatedUser> {
    try {
      return await this.callers.identify(request);
    } catch (refusal) {
      const user = await userOfRefreshToken(this.store, refreshCookie(request) ?? '');
      if (!user) throw refusal;
      return user;
    }
  }
}
