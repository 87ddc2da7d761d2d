/**
 * Who logged in or failed to, when and from where, by user: a projection of session streams, in memory.
 *
 * Memory: the newest {@link MAX_PER_USER} logins of a user and {@link MAX_ENTRIES} of all; the users who were quiet longest go first. A failed login
 * belongs to a user only where the provider knew the account.
 */
import { LRUCache } from 'lru-cache';
import type { UserIdentity } from '#libs/common';
import type { RecordedEvent } from '#libs/event-sourcing';
import type { EndReason, LoginRefused, SessionEnded, SessionEvent, SessionStarted } from './session.events.js';
import { userKey } from './user-key.js';

const MAX_PER_USER = 500;
const MAX_ENTRIES = 100_000;
const MAX_SHARED_TEXTS = 1_000;

export interface Login {
  /** Place in the order of all events: what pages continue from. */
  readonly position: number;
  readonly session: string;
  readonly at: string;
  readonly provider: string;
  readonly address: string;
  readonly userAgent: string;
  /** Why it failed; absent when it succeeded. */
  readonly code?: string;
  /** How many logins it stands for; one by default. */
  readonly times?: number;
  readonly endedAt?: string;
  readonly endReason?: EndReason;
}

export class LoginHistory {
  /** Oldest login first. */
  readonly #logins = new LRUCache<string, Login[]>({
    maxSize: MAX_ENTRIES,
    sizeCalculation: (logins) => logins.length,
    dispose: (logins) => {
      for (const { session } of logins) this.#userOf.delete(session);
    },
    noDisposeOnSet: true,
  });
  /** Users of sessions that may still end. */
  readonly #userOf = new Map<string, string>();
  /** The same few browsers come again and again: one copy of each name does. */
  readonly #texts = new LRUCache<string, string>({ max: MAX_SHARED_TEXTS });

  apply(session: string, { type, data, position }: RecordedEvent<SessionEvent>): void {
    switch (type) {
      case 'SessionStarted': {
        const { identity, startedAt, address, userAgent } = data as SessionStarted['data'];
        const user = userKey(identity);
        this.#userOf.set(session, user);
        this.#add(user, { position, session, at: startedAt, provider: identity.provider, address, userAgent: this.#shared(userAgent) });
        break;
      }
      case 'LoginRefused': {
        const { provider, subject, address, userAgent, code, at, times } = data as LoginRefused['data'];
        if (subject === undefined) break;
        const refusal = { position, session, at, provider, address, userAgent: this.#shared(userAgent), code };
        this.#add(userKey({ provider, subject }), times === undefined ? refusal : { ...refusal, times });
        break;
      }
      case 'SessionEnded':
        this.#end(session, data as SessionEnded['data']);
        break;
      case 'SessionRenewed':
        break;
    }
  }

  /** The user's logins before a position (all by default), the newest first. */
  of(user: UserIdentity, limit: number, before = Number.POSITIVE_INFINITY): readonly Login[] {
    const logins = this.#logins.get(userKey(user)) ?? [];
    const end = logins.findLastIndex(({ position }) => position < before) + 1;
    return logins.slice(Math.max(0, end - limit), end).reverse();
  }

  #add(user: string, login: Login): void {
    const logins = this.#logins.get(user) ?? [];
    const [oldest] = logins;
    const isFull = logins.length >= MAX_PER_USER;
    if (oldest && isFull) this.#userOf.delete(oldest.session);
    // A new list each time: the cache measures only what it has not seen.
    this.#logins.set(user, [...(isFull ? logins.slice(1) : logins), login]);
  }

  #end(session: string, { at, reason }: SessionEnded['data']): void {
    const user = this.#userOf.get(session);
    if (user === undefined) return;
    this.#userOf.delete(session);
    const logins = this.#logins.peek(user) ?? [];
    const index = logins.findLastIndex((login) => login.session === session);
    const login = logins[index];
    if (login) logins[index] = { ...login, endedAt: at, endReason: reason };
  }

  #shared(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }
}
