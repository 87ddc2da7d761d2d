/** Renewing and ending sessions, and finding the user behind a refresh token. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type AuthenticatedUser, DeskhandError, userIdOf } from '#libs/common';
import { type EventMetadata, EventStore, handleCommand, loadState } from '#libs/event-sourcing';
import { IdentityViews } from './identity.views.js';
import { cannotTell, IdentityProviders } from './identity-providers.js';
import { RenewLogin, type SignedIn } from './login.commands.js';
import { LoginGuard } from './login-guard.js';
import { newRefreshToken, parseRefreshToken } from './refresh-token.js';
import { EndAllSessions, EndSession, RotateRefresh } from './session.commands.js';
import { lapsed, sessionDecider, standingOf } from './session.decider.js';
import { type EndReason, SESSION_ID, type SessionStarted, sessionStream } from './session.events.js';
import { SessionOpener, userOf } from './session-opener.js';
import type { LiveSession } from './sessions.js';

@CommandHandler(RenewLogin)
export class RenewLoginHandler implements ICommandHandler<RenewLogin, SignedIn> {
  constructor(
    private readonly store: EventStore,
    private readonly opener: SessionOpener,
    private readonly views: IdentityViews,
    private readonly providers: IdentityProviders,
    private readonly guard: LoginGuard,
  ) {}

  /** @throws DeskhandError `UNAUTHENTICATED` for what is no token of a session; `SESSION_ENDED`, also when its user may not come in any more */
  async execute({ refreshToken, traceId }: RenewLogin): Promise<SignedIn> {
    const shown = parseRefreshToken(refreshToken);
    if (!shown) throw new DeskhandError('UNAUTHENTICATED');
    const next = newRefreshToken(shown.session);
    const rotate = new RotateRefresh(shown.hash, next.hash, new Date().toISOString());
    const { remembered } = this.opener;
    const { state } = await handleCommand(this.store, sessionDecider, sessionStream(shown.session), rotate, { traceId }, { remembered });
    if (state.status !== 'live') {
      await this.views.shown();
      throw new DeskhandError('SESSION_ENDED');
    }
    const reason = await this.#reasonToEnd(state.start);
    if (reason !== undefined) {
      await this.#end(shown.session, reason, traceId);
      throw new DeskhandError('SESSION_ENDED');
    }
    const isRotated = state.refreshHash === next.hash;
    return this.opener.sign(userOf(shown.session, state.start), state.start.expiresAt, isRotated ? next.token : undefined);
  }

  /** Only for good tokens: nobody else can make us ask a directory. */
  async #reasonToEnd(start: SessionStarted['data']): Promise<EndReason | undefined> {
    const { identity } = start;
    if (this.guard.isThrownOut(start)) return 'banned';
    try {
      return (await this.providers.stillAllowed(identity)) ? undefined : 'not-allowed';
    } catch (error) {
      // A directory that is down for a while must not throw everybody out; the end of the session's longest life stays.
      if (error instanceof DeskhandError && cannotTell(error)) return undefined;
      throw error;
    }
  }

  async #end(session: string, reason: EndReason, traceId: string | undefined): Promise<void> {
    await endSession(this.store, new EndSession(session, reason, new Date().toISOString()), { traceId });
    await this.views.shown();
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
    await endSession(this.store, command, metadata);
    await this.views.shown();
  }
}

@CommandHandler(EndAllSessions)
export class EndAllSessionsHandler implements ICommandHandler<EndAllSessions, void> {
  constructor(
    private readonly store: EventStore,
    private readonly views: IdentityViews,
  ) {}

  /**
   * Once it returns, all sessions that had begun before are refused here; elsewhere within a second.
   *
   * @throws DeskhandError `NOT_READY` while it is not known which they are
   */
  async execute({ user, reason, at }: EndAllSessions): Promise<void> {
    await this.views.caughtUp();
    const actor = userIdOf(user);
    const end = ({ id }: LiveSession) => endSession(this.store, new EndSession(id, reason, at, user), { actor });
    await Promise.all(this.views.sessions.of(user).map(end));
    await this.views.shown();
  }
}

export const endSession = async (store: EventStore, end: EndSession, metadata: EventMetadata = {}): Promise<void> =>
  void (await handleCommand(store, sessionDecider, sessionStream(end.session), end, metadata));

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
