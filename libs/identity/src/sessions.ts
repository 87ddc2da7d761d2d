/**
 * Which sessions live, in memory, rebuilt from the log at start. The stream is the truth: a session that is not here (just started by another
 * replica) is looked up there.
 *
 * Memory: about 1 KiB for each session that has not ended. How many there may be is decided where they are opened (`SessionLimits`); those that lapse are
 * ended within seconds (`SessionLapses`): none is ever only forgotten.
 */
import type { UserIdentity } from '#libs/common';
import { type EventStore, loadState, type RecordedEvent } from '#libs/event-sourcing';
import { networkOf } from './address.js';
import { lapsed, sessionDecider } from './session.decider.js';
import { SESSION_ID, type SessionEvent, type SessionStarted, sessionStream } from './session.events.js';
import { userKey } from './user-key.js';

/** What a view knew so long ago may have changed: a logout holds everywhere within a second. */
const FRESH_MS = 1_000;
/** Ended sessions that are refused without a look at their stream. */
const MAX_ENDED = 10_000;

export interface LiveSession {
  readonly id: string;
  readonly start: Omit<SessionStarted['data'], 'refreshHash'>;
  readonly renewedAt: string;
}

export class Sessions {
  /** The oldest first. */
  readonly #live = new Map<string, LiveSession>();
  readonly #ofUser = new Map<string, Set<string>>();
  readonly #counts = new Map<string, number>();
  readonly #ended = new Set<string>();

  /** @param asOf up to when (`performance.now()`) this view knows everything */
  constructor(
    private readonly store: EventStore,
    private readonly asOf: () => number,
  ) {}

  /** The view's half: takes what happened. */
  apply(session: string, { type, data }: RecordedEvent<SessionEvent>): void {
    switch (type) {
      case 'SessionStarted': {
        const { refreshHash: _, ...start } = data as SessionStarted['data'];
        this.#add({ id: session, start, renewedAt: start.startedAt });
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

  /**
   * Whether the session may still act. Asked at every request, so it answers from memory as long as that is fresh; after an outage, or a time for which this
   * process stood still, it asks the stream.
   *
   * @throws DeskhandError `STORE_UNAVAILABLE`
   */
  async isLive(session: string, now = Date.now()): Promise<boolean> {
    if (this.#ended.has(session) || !SESSION_ID.test(session)) return false;
    const live = this.#live.get(session);
    if (live && performance.now() - this.asOf() <= FRESH_MS) return !lapsed(live, now);
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

  /** Users with a session that lives. One with several may be there several times. */
  users(now = Date.now()): readonly UserIdentity[] {
    return [...this.#live.values()].filter((session) => !lapsed(session, now)).map(({ start }) => start.identity);
  }

  /** Users of sessions that live, but were last renewed before that time (milliseconds since the epoch): the longest quiet first. */
  usersUnrenewedSince(time: number, now = Date.now()): readonly UserIdentity[] {
    return [...this.#live.values()]
      .filter((session) => Date.parse(session.renewedAt) <= time && !lapsed(session, now))
      .sort((one, other) => (one.renewedAt < other.renewedAt ? -1 : 1))
      .map(({ start }) => start.identity);
  }

  /** The one of a user that began first. */
  oldestOf(user: UserIdentity): string | undefined {
    const [oldest] = this.#ofUser.get(userKey(user)) ?? [];
    return oldest;
  }

  /** How many have not ended: of all, of a provider, of a provider from one network (`networkOf`), of a user. */
  count(of: { readonly provider?: string; readonly network?: string; readonly user?: UserIdentity } = {}): number {
    if (of.user) return this.#ofUser.get(userKey(of.user))?.size ?? 0;
    return of.provider === undefined ? this.#live.size : (this.#counts.get(countKey(of.provider, of.network)) ?? 0);
  }

  #add(session: LiveSession): void {
    const user = userKey(session.start.identity);
    this.#ofUser.set(user, (this.#ofUser.get(user) ?? new Set()).add(session.id));
    this.#live.set(session.id, session);
    this.#tally(session, 1);
  }

  #tally({ start: { identity, address } }: LiveSession, change: 1 | -1): void {
    for (const key of [countKey(identity.provider), countKey(identity.provider, networkOf(address))]) {
      const count = (this.#counts.get(key) ?? 0) + change;
      if (count === 0) this.#counts.delete(key);
      else this.#counts.set(key, count);
    }
  }

  #drop(id: string): void {
    const session = this.#live.get(id);
    if (!session) return;
    this.#live.delete(id);
    this.#tally(session, -1);
    const user = userKey(session.start.identity);
    const siblings = this.#ofUser.get(user);
    siblings?.delete(id);
    if (siblings?.size === 0) this.#ofUser.delete(user);
  }
}

/** Ids of providers have no blanks. */
const countKey = (provider: string, network?: string): string => (network === undefined ? provider : `${provider} ${network}`);

/** A tenth at once: finding the first entry of a map that is emptied from its front takes longer each time. */
function dropOldest(kept: ReadonlySet<string>, drop: (id: string) => void): void {
  let left = kept.size / 10;
  for (const id of kept.keys()) {
    if (left-- <= 0) return;
    drop(id);
  }
}
