/** What has happened to a session: the facts of stream `session-<id>`. Once stored they stay readable for ever. */
import type { ErrorCode, UserIdentity } from '#libs/common';
import { type RecordedEvent, type Upcasters, upcast } from '#libs/event-sourcing';

/** Why a session is over. */
export type EndReason =
  | 'logout'
  | 'expired'
  | 'idle'
  | 'refresh-reused'
  | 'revoked'
  /** The oldest of so many of one user that a new one had no room. */
  | 'replaced'
  /** The provider no longer knows the account, or no longer lets it in. */
  | 'not-allowed'
  /** An operator banned the account or the address. */
  | 'banned';

/** Where a login came from. */
export interface Caller {
  /** IP address of the client, as the gateway saw it. */
  readonly address: string;
  /** What the client calls itself; cut to {@link USER_AGENT_LENGTH}. */
  readonly userAgent: string;
}

export const USER_AGENT_LENGTH = 200;

type Fact<Type extends string, Data extends object> = { readonly type: Type; readonly data: Data };

export type SessionStarted = Fact<
  'SessionStarted',
  Caller & {
    readonly identity: UserIdentity;
    /** Of the account that was logged in with (`accountIdOf`), where the provider has accounts. */
    readonly account?: string;
    readonly name: string;
    readonly roles: readonly string[];
    readonly labels: readonly string[];
    /** SHA-256 of the refresh token; the token itself is nowhere but with the client. */
    readonly refreshHash: string;
    readonly startedAt: string;
    /** The end of its longest life. */
    readonly expiresAt: string;
    /** It also ends when it was not renewed for so long. */
    readonly idleSeconds: number;
  }
>;
export type SessionRenewed = Fact<'SessionRenewed', { readonly refreshHash: string; readonly at: string }>;
export type SessionEnded = Fact<'SessionEnded', { readonly reason: EndReason; readonly at: string }>;

/** The only event of a session that never started, so that the login history is a projection of sessions alone. */
export type LoginRefused = Fact<
  'LoginRefused',
  Caller & {
    readonly provider: string;
    /** As it was typed, cut to {@link USERNAME_LENGTH}. */
    readonly username: string;
    /** Of the account that was named (`accountIdOf`), whether there is one or not; absent where none can be named. */
    readonly account?: string;
    /** Present only when the provider knows the account. */
    readonly subject?: string;
    readonly code: ErrorCode;
    /** How many logins it stands for, where they were counted (`TurnedAway`); one by default. */
    readonly times?: number;
    readonly at: string;
  }
>;

export const USERNAME_LENGTH = 100;

export type SessionEvent = SessionStarted | SessionRenewed | SessionEnded | LoginRefused;

const PREFIX = 'session-';

/** What a session's id looks like; anything else is not looked up at all. */
export const SESSION_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const sessionStream = (id: string): string => `${PREFIX}${id}`;

/** The session that a stream belongs to; undefined for streams of other things. */
export const sessionOfStream = (stream: string): string | undefined =>
  stream.startsWith(PREFIX) ? stream.slice(PREFIX.length) : undefined;

/** How older shapes of events become today's; a stored event is never changed. */
export const sessionUpcasters: Upcasters = {};

/** A stored event of a session's stream in today's shape. */
export const sessionEventOf = ({ type, data }: RecordedEvent): SessionEvent => upcast(sessionUpcasters, { type, data }) as SessionEvent;
