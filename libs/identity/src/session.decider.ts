/** Decides which facts a command about a session leads to, the rotation of refresh tokens above all. Pure. */
import { assertNever, DeskhandError, type UserIdentity } from '#libs/common';
import type { Decider } from '#libs/event-sourcing';
import type { EndSession, RotateRefresh, SessionCommand } from './session.commands.js';
import { type EndReason, type SessionEvent, type SessionStarted, sessionUpcasters } from './session.events.js';

/** Two tabs may renew at once and an answer may get lost: for so long the token before the present one is still good. */
const GRACE_MS = 10_000;
/**
 * So often a session's token is rotated, and all that were are recognised; after that it stays as it is. A thief can therefore not rotate until the
 * owner's own token is forgotten.
 */
const MOST_ROTATIONS = 1_000;

interface Live {
  readonly status: 'live';
  readonly start: SessionStarted['data'];
  readonly refreshHash: string;
  readonly renewedAt: string;
  /** Hashes of tokens that were rotated away, oldest first. */
  readonly used: readonly string[];
}

export type SessionState =
  | { readonly status: 'absent' }
  | { readonly status: 'refused' }
  | Live
  | { readonly status: 'ended'; readonly owner: UserIdentity; readonly reason: EndReason };

/** How a shown refresh token stands: `previous` within the grace is good for an access token, but is not rotated again. */
export type RefreshStanding = 'current' | 'previous' | 'reused' | 'unknown';

export const sessionDecider: Decider<SessionCommand, SessionEvent, SessionState> = {
  initialState: { status: 'absent' },
  upcasters: sessionUpcasters,
  evolve,
  decide,
};

function evolve(state: SessionState, event: SessionEvent): SessionState {
  switch (event.type) {
    case 'SessionStarted':
      return { status: 'live', start: event.data, refreshHash: event.data.refreshHash, renewedAt: event.data.startedAt, used: [] };
    case 'SessionRenewed':
      if (state.status !== 'live') return state;
      return {
        ...state,
        refreshHash: event.data.refreshHash,
        renewedAt: event.data.at,
        used: event.data.refreshHash === state.refreshHash ? state.used : [...state.used, state.refreshHash],
      };
    case 'SessionEnded':
      return state.status === 'live' ? { status: 'ended', owner: state.start.identity, reason: event.data.reason } : state;
    case 'LoginRefused':
      return { status: 'refused' };
    default:
      return assertNever(event);
  }
}

function decide(command: SessionCommand, state: SessionState): readonly SessionEvent[] {
  switch (command.type) {
    case 'StartSession':
      if (state.status !== 'absent') throw new DeskhandError('CONFLICT', 'There is a session of that id already.');
      return [{ type: 'SessionStarted', data: command.start }];
    case 'RefuseLogin':
      if (state.status !== 'absent') throw new DeskhandError('CONFLICT', 'There is a session of that id already.');
      return [{ type: 'LoginRefused', data: command.refusal }];
    case 'RotateRefresh':
      return rotate(command, state);
    case 'LapseSession': {
      const reason = state.status === 'live' ? lapsed(state, Date.parse(command.at)) : undefined;
      return reason ? [{ type: 'SessionEnded', data: { reason, at: command.at } }] : [];
    }
    case 'EndSession':
      return end(command, state);
    default:
      return assertNever(command);
  }
}

/** Stores nothing for a token that was never this session's, so that who only knows an id can neither end it nor fill the store. */
function rotate({ shownHash, nextHash, at }: RotateRefresh, state: SessionState): readonly SessionEvent[] {
  if (state.status === 'ended') throw new DeskhandError('SESSION_ENDED');
  if (state.status !== 'live') throw new DeskhandError('UNAUTHENTICATED');
  const standing = standingOf(state, shownHash, at);
  if (standing === 'unknown') throw new DeskhandError('UNAUTHENTICATED');
  const lapse = lapsed(state, Date.parse(at));
  if (lapse) return [{ type: 'SessionEnded', data: { reason: lapse, at } }];
  switch (standing) {
    case 'current':
      return [{ type: 'SessionRenewed', data: { refreshHash: state.used.length < MOST_ROTATIONS ? nextHash : shownHash, at } }];
    case 'previous':
      return [];
    case 'reused':
      return [{ type: 'SessionEnded', data: { reason: 'refresh-reused', at } }];
    default:
      return assertNever(standing);
  }
}

function end({ reason, at, by }: EndSession, state: SessionState): readonly SessionEvent[] {
  const owner = state.status === 'live' ? state.start.identity : state.status === 'ended' ? state.owner : undefined;
  if (!owner || (by && (owner.provider !== by.provider || owner.subject !== by.subject)))
    throw new DeskhandError('NOT_FOUND', 'There is no such session.');
  return state.status === 'live' ? [{ type: 'SessionEnded', data: { reason, at } }] : [];
}

export function standingOf(state: Live, shownHash: string, at: string): RefreshStanding {
  if (shownHash === state.refreshHash) return 'current';
  if (!state.used.includes(shownHash)) return 'unknown';
  const inGrace = state.used.at(-1) === shownHash && Date.parse(at) - Date.parse(state.renewedAt) <= GRACE_MS;
  return inGrace ? 'previous' : 'reused';
}

/** Why a session that nobody ended is over all the same at that time (milliseconds since the epoch); undefined while it is not. */
export function lapsed({ start, renewedAt }: Lapsing, now: number): 'expired' | 'idle' | undefined {
  if (now >= Date.parse(start.expiresAt)) return 'expired';
  return now >= Date.parse(renewedAt) + start.idleSeconds * 1000 ? 'idle' : undefined;
}

interface Lapsing {
  readonly start: Pick<SessionStarted['data'], 'expiresAt' | 'idleSeconds'>;
  readonly renewedAt: string;
}
