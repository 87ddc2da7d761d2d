/**
 * Which sessions live, in memory, rebuilt from the log at start. The stream is the truth: a session that is not here (just started by another
 * replica, or pushed out by too many others) is looked up there.
 *
 * Memory: about 1 KiB for each live session and as many again that have lapsed but were not swept out yet; beyond {@link MAX_LIVE} the oldest go.
 */
import type { UserIdentity } from '#libs/common';
import { type EventStore, loadState, type RecordedEvent } from '#libs/event-sourcing';
import { lapsed, sessionDecider } from './session.decider.js';
import { SESSION_ID, type SessionEvent, type SessionStarted, sessionStream } from './session.events.js';
import { userKey } from './user-key.js';

const MAX_LIVE = 50_000;
/** Ended sessions that are refused without a look at their stream. */
const MAX_ENDED = 10_000;
/** Fewer sessions than this are never swept. */
const SMALLEST_SWEEP = 1_000;

export interface LiveSession {
  readonly id: string;
  readonly start: Omit<SessionStarted['data'], 'refreshHash'>;
  readonly renewedAt: string;
}

export class Sessions {
  /** The oldest first. */
  readonly #live = new Map<string, LiveSession>();
  readonly #ofUser = new Map<string, Set<string>>();
  readonly #ended = new Set<string>();
  /** Swept whenever it has doubled, so that sweeping costs the same for each session. */
  #sweepAtSize = SMALLEST_SWEEP;

  constructor(private readonly store: EventStore) {}

  /** The view's half: takes what happened. */
  apply(session: string, { type, data, recordedAt }: RecordedEvent<SessionEvent>): void {
    switch (type) {
      case 'SessionStarted': {
        const { refreshHash: _, ...start } = data as SessionStarted['data'];
        this.#add({ id: session, start, renewedAt: start.startedAt });
        // By the time of the log: at a start, later events may tell of renewals.
        if (this.#live.size >= this.#sweepAtSize) this.sweep(Date.parse(recordedAt));
        break;
      }
      case 'SessionRenewed': {
        const live = this.#live.get(session);
        if (live) this.#live.set(session, { ...live, renewedAt: (data as { at: string }).at });
        break;
      }
      case 'SessionEnded':
        this.#drop(session);
        this.#ended.add(session);
        if (this.#ended.size > MAX_ENDED) dropOldest(this.#ended, (id) => this.#ended.delete(id));
        break;
      case 'LoginRefused':
        break;
    }
  }

  /** Whether the session may still act. Asked at every request, so it answers from memory wherever it can. */
  async isLive(session: string, now = Date.now()): Promise<boolean> {
    if (this.#ended.has(session) || !SESSION_ID.test(session)) return false;
    const live = this.#live.get(session);
    if (live) return !lapsed(live, now);
    const { state } = await loadState(this.store, sessionDecider, sessionStream(session));
    return state.status === 'live' && !lapsed(state, now);
  }

  /** The live sessions of a user, the newest first. */
  of(user: UserIdentity, now = Date.now()): readonly LiveSession[] {
    return [...(this.#ofUser.get(userKey(user)) ?? [])]
      .flatMap((id) => this.#live.get(id) ?? [])
      .filter((session) => !lapsed(session, now))
      .reverse();
  }

  /** Ids of the live sessions that fit. */
  ids(fits: (session: LiveSession) => boolean, now = Date.now()): readonly string[] {
    return [...this.#live.values()].filter((session) => fits(session) && !lapsed(session, now)).map(({ id }) => id);
  }

  /** Ids of sessions that are over though nobody ended them. */
  lapsedIds(now: number): readonly string[] {
    return [...this.#live.values()].filter((session) => lapsed(session, now)).map(({ id }) => id);
  }

  /** Lets go of sessions that are over though nobody ended them. */
  sweep(now: number): void {
    for (const session of this.#live.values()) if (lapsed(session, now)) this.#drop(session.id);
    this.#sweepAtSize = Math.max(SMALLEST_SWEEP, 2 * this.#live.size);
  }

  #add(session: LiveSession): void {
    const user = userKey(session.start.identity);
    this.#ofUser.set(user, (this.#ofUser.get(user) ?? new Set()).add(session.id));
    this.#live.set(session.id, session);
    if (this.#live.size > MAX_LIVE) dropOldest(this.#live, (id) => this.#drop(id));
  }

  #drop(id: string): void {
    const session = this.#live.get(id);
    if (!session) return;
    this.#live.delete(id);
    const user = userKey(session.start.identity);
    const siblings = this.#ofUser.get(user);
    siblings?.delete(id);
    if (siblings?.size === 0) this.#ofUser.delete(user);
  }
}

/** A tenth at once: finding the first entry of a map that is emptied from its front takes longer each time. */
function dropOldest(kept: ReadonlyMap<string, unknown> | ReadonlySet<string>, drop: (id: string) => void): void {
  let left = kept.size / 10;
  for (const id of kept.keys()) {
    if (left-- <= 0) return;
    drop(id);
  }
}
