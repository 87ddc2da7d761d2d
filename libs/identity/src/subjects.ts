/** Whom each name of a provider last led to, in memory, from the log: for logins that end before the provider is asked. Of the names that were used last. */
import { LRUCache } from 'lru-cache';
import { accountIdOf } from '#libs/common';
import type { RecordedEvent } from '#libs/event-sourcing';
import type { LoginRefused, SessionEvent, SessionStarted } from './session.events.js';

/** About 200 bytes each. */
const MAX_NAMES = 20_000;

export class Subjects {
  readonly #known = new LRUCache<string, string>({ max: MAX_NAMES });

  apply({ type, data }: Pick<RecordedEvent<SessionEvent>, 'type' | 'data'>): void {
    if (type === 'SessionStarted') {
      const { account, identity } = data as SessionStarted['data'];
      if (account !== undefined) this.#known.set(account, identity.subject);
    } else if (type === 'LoginRefused') {
      const { account, subject } = data as LoginRefused['data'];
      if (account !== undefined && subject !== undefined) this.#known.set(account, subject);
    }
  }

  /** @param account a name, in the provider's one spelling */
  of(provider: string, account: string): string | undefined {
    return this.#known.get(accountIdOf(provider, account));
  }
}
