/** Renewing and ending sessions, and finding the user behind a refresh token. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type AuthenticatedUser, DeskhandError, userIdOf } from '#libs/common';
import { EventStore, handleCommand, loadState } from '#libs/event-sourcing';
import { IdentityViews } from './identity.views.js';
import { RenewLogin, type SignedIn } from './login.commands.js';
import { newRefreshToken, parseRefreshToken } from './refresh-token.js';
import { EndSession, RotateRefresh } from './session.commands.js';
import { lapsed, sessionDecider, standingOf } from './session.decider.js';
import { SESSION_ID, sessionStream } from './session.events.js';
import { SessionOpener, userOf } from './session-opener.js';

@CommandHandler(RenewLogin)
export class RenewLoginHandler implements ICommandHandler<RenewLogin, SignedIn> {
  constructor(
    private readonly store: EventStore,
    private readonly opener: SessionOpener,
    private readonly views: IdentityViews,
  ) {}

  /** @throws DeskhandError `UNAUTHENTICATED` for what is no token of a session; `SESSION_ENDED` */
  async execute({ refreshToken, traceId }: RenewLogin): Promise<SignedIn> {
    const shown = parseRefreshToken(refreshToken);
    if (!shown) throw new DeskhandError('UNAUTHENTICATED');
    const next = newRefreshToken(shown.session);
    const rotate = new RotateRefresh(shown.hash, next.hash, new Date().toISOString());
    const { state } = await handleCommand(this.store, sessionDecider, sessionStream(shown.session), rotate, { traceId });
    if (state.status !== 'live') {
      await this.views.caughtUp();
      throw new DeskhandError('SESSION_ENDED');
    }
    const isRotated = state.refreshHash === next.hash;
    return this.opener.sign(userOf(shown.session, state.start), state.start.expiresAt, isRotated ? next.token : undefined);
  }
}

@CommandHandler(EndSession)
export class EndSessionHandler implements ICommandHandler<EndSession, void> {
  constructor(
    private readonly store: EventStore,
    private readonly views: IdentityViews,
  ) {}

  /** Once it returns, the session is refused here; elsewhere within a second. @throws DeskhandError `NOT_FOUND`, also for somebody else's */
  async execute(command: EndSession): Promise<void> {
    if (!SESSION_ID.test(command.session)) throw new DeskhandError('NOT_FOUND', 'There is no such session.');
    const metadata = command.by ? { actor: userIdOf(command.by) } : {};
    await handleCommand(this.store, sessionDecider, sessionStream(command.session), command, metadata);
    await this.views.caughtUp();
  }
}

/** The user whose session this refresh token could renew now; undefined when there is none. Changes nothing. */
export async function userOfRefreshToken(store: EventStore, refreshToken: string): Promise<AuthenticatedUser | undefined> {
  const shown = parseRefreshToken(refreshToken);
  if (!shown) return undefined;
  const now = new Date();
  const { state } = await loadState(store, sessionDecider, sessionStream(shown.session));
  if (state.status !== 'live' || lapsed(state, now.getTime())) return undefined;
  const standing = standingOf(state, shown.hash, now.toISOString());
  return standing === 'current' || standing === 'previous' ? userOf(shown.session, state.start) : undefined;
}
