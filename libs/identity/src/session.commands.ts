/** What may be wanted of a session. Time, ids and hashes come in as data, so that deciding twice gives the same answer. */
import type { UserIdentity } from '#libs/common';
import type { EndReason, LoginRefused, SessionStarted } from './session.events.js';

export class StartSession {
  readonly type = 'StartSession';
  constructor(readonly start: SessionStarted['data']) {}
}

export class RefuseLogin {
  readonly type = 'RefuseLogin';
  constructor(readonly refusal: LoginRefused['data']) {}
}

/** Shows a refresh token (by its hash) and asks for the next one to take its place. */
export class RotateRefresh {
  readonly type = 'RotateRefresh';
  constructor(
    readonly shownHash: string,
    readonly nextHash: string,
    readonly at: string,
  ) {}
}

/** Ends it if its time is over. */
export class LapseSession {
  readonly type = 'LapseSession';
  constructor(readonly at: string) {}
}

/** Ends it; ending what is over already changes nothing. `by` is absent when the system wants it. */
export class EndSession {
  readonly type = 'EndSession';
  constructor(
    readonly session: string,
    readonly reason: EndReason,
    readonly at: string,
    readonly by?: UserIdentity,
  ) {}
}

/** Ends all sessions of a user, here and everywhere. */
export class EndAllSessions {
  readonly type = 'EndAllSessions';
  constructor(
    readonly user: UserIdentity,
    readonly reason: EndReason,
    readonly at: string,
  ) {}
}

export type SessionCommand = StartSession | RefuseLogin | RotateRefresh | LapseSession | EndSession;
