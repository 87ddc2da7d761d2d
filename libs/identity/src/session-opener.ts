/** Opens a session for somebody whom a provider has vouched for, and writes down who was refused. */
import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type AuthenticatedUser, accountIdOf, CONFIGURATION, type Configuration, DeskhandError, userIdOf } from '#libs/common';
import { EventStore, handleCommand, RememberedStates } from '#libs/event-sourcing';
import { UserTokens } from '#libs/tokens';
import { LoginRefusal, type Principal } from './identity-provider.js';
import type { LogIn, SignedIn } from './login.commands.js';
import { newRefreshToken } from './refresh-token.js';
import { EndSession, RefuseLogin, StartSession } from './session.commands.js';
import { type SessionState, sessionDecider } from './session.decider.js';
import { type Caller, type EndReason, type SessionStarted, sessionStream, USER_AGENT_LENGTH, USERNAME_LENGTH } from './session.events.js';

/** Some kilobytes each. */
const REMEMBERED_SESSIONS = 5_000;

@Injectable()
export class SessionOpener {
  /** Sessions that were opened or renewed here: most come here again. */
  readonly remembered: RememberedStates<SessionState>;

  constructor(
    private readonly store: EventStore,
    private readonly tokens: UserTokens,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {
    this.remembered = new RememberedStates(store, REMEMBERED_SESSIONS);
  }

  /** @param account that was logged in with, in the provider's one spelling */
  async open({ provider, caller, traceId }: LogIn, principal: Principal, account?: string): Promise<SignedIn> {
    const session = principal.session ?? randomUUID();
    const refresh = newRefreshToken(session);
    const { absoluteSeconds, idleSeconds } = this.configuration.identity.session;
    const now = Date.now();
    const start: SessionStarted['data'] = {
      identity: { provider, subject: principal.subject },
      ...accountOf(provider, account),
      name: principal.name,
      roles: principal.roles,
      labels: principal.labels,
      ...bounded(caller),
      refreshHash: refresh.hash,
      startedAt: new Date(now).toISOString(),
      expiresAt: new Date(now + absoluteSeconds * 1000).toISOString(),
      idleSeconds,
    };
    const user = userOf(session, start);
    const metadata = { traceId, actor: user.id };
    const options = { isNew: true, remembered: this.remembered };
    await handleCommand(this.store, sessionDecider, sessionStream(session), new StartSession(start), metadata, options).catch((error) => {
      throw principal.session !== undefined && isConflict(error)
        ? new DeskhandError('LOGIN_NOT_BEGUN', 'This login was used before.')
        : error;
    });
    return this.sign(user, start.expiresAt, refresh.token);
  }

  /** Ends a session that should not have been opened. */
  async takeBack(session: string, reason: EndReason): Promise<void> {
    await handleCommand(this.store, sessionDecider, sessionStream(session), new EndSession(session, reason, new Date().toISOString()));
  }

  /** @param times how many such logins it stands for */
  async refuse({ provider, credentials, caller, traceId }: LogIn, error: DeskhandError, account?: string, times = 1): Promise<void> {
    const refusal = {
      provider,
      username: (credentials.username ?? '').slice(0, USERNAME_LENGTH),
      ...accountOf(provider, account),
      ...(error instanceof LoginRefusal && error.subject !== undefined ? { subject: error.subject } : {}),
      ...bounded(caller),
      code: error.code,
      ...(times === 1 ? {} : { times }),
      at: new Date().toISOString(),
    };
    await handleCommand(this.store, sessionDecider, sessionStream(randomUUID()), new RefuseLogin(refusal), { traceId }, { isNew: true });
  }

  async sign(user: AuthenticatedUser, sessionExpiresAt: string, refreshToken?: string): Promise<SignedIn> {
    const { token, expiresInSeconds } = await this.tokens.issue(user);
    return { user, accessToken: token, expiresInSeconds, sessionExpiresAt, ...(refreshToken === undefined ? {} : { refreshToken }) };
  }
}

/** The user that a session was opened for. */
export function userOf(
  sessionId: string,
  { identity, name, roles, labels }: Pick<SessionStarted['data'], 'identity' | 'name' | 'roles' | 'labels'>,
): AuthenticatedUser {
  return { id: userIdOf(identity), ...identity, name, roles, labels, sessionId };
}

const accountOf = (provider: string, account: string | undefined) =>
  account === undefined ? {} : { account: accountIdOf(provider, account) };

const isConflict = (error: unknown): boolean => error instanceof DeskhandError && error.code === 'CONFLICT';

const bounded = ({ address, userAgent }: Caller): Caller => ({ address, userAgent: userAgent.slice(0, USER_AGENT_LENGTH) });
