/**
 * How often each source has failed to log in, in memory, from the log: so every replica counts what happened at all of them. Memory: about 200 bytes for
 * each of at most {@link MAX_SOURCES}; those that were quiet longest go first.
 */
import { LRUCache } from 'lru-cache';
import type { UserIdentity } from '#libs/common';
import type { RecordedEvent } from '#libs/event-sourcing';
import { networkOf } from './address.js';
import type { AttemptPolicy, Failures } from './attempt.policy.js';
import { accountKey, type BanEvent, type Source, sourceKey } from './ban.events.js';
import type { LoginRefused, SessionEvent, SessionStarted } from './session.events.js';

const MAX_SOURCES = 50_000;

/** What an event does to the bucket of a source. */
interface Change {
  readonly key: string;
  readonly kind: Source['kind'];
  readonly failedAt?: string;
}

export class Attempts {
  readonly #failures = new LRUCache<string, Failures>({ max: MAX_SOURCES });

  constructor(private readonly policy: AttemptPolicy) {}

  apply(event: RecordedEvent<SessionEvent | BanEvent>): void {
    for (const { key, kind, failedAt } of changesOf(event)) {
      if (failedAt === undefined) this.#failures.delete(key);
      else this.#failures.set(key, this.policy.failed(kind, this.#failures.get(key), Date.parse(failedAt)));
    }
  }

  isTooMuch(source: Source, now: number): boolean {
    return this.policy.isTooMuch(source.kind, this.#failures.get(sourceKey(source)), now);
  }

  delayMs(source: Source, now: number): number {
    return this.policy.delayMs(source.kind, this.#failures.get(sourceKey(source)), now);
  }
}

const userChange = (user: UserIdentity): Change => ({ key: sourceKey({ kind: 'user', ...user }), kind: 'user' });

/**
 * A right password clears the account, but not the network: an own account must not buy guesses at others. A ban and its end clear both, as what follows is
 * counted anew.
 */
export function changesOf({ type, data }: Pick<RecordedEvent<SessionEvent | BanEvent>, 'type' | 'data'>): readonly Change[] {
  switch (type) {
    case 'LoginRefused': {
      const { provider, subject, account, address, code, at } = data as LoginRefused['data'];
      // All else is said only to who has the right password, or is nobody's guess.
      if (code !== 'INVALID_CREDENTIALS') return [];
      const network: Change = { key: sourceKey({ kind: 'address', network: networkOf(address) }), kind: 'address', failedAt: at };
      const named: readonly Change[] = account === undefined ? [] : [{ key: accountKey(account), kind: 'account', failedAt: at }];
      const user: readonly Change[] = subject === undefined ? [] : [{ ...userChange({ provider, subject }), failedAt: at }];
      return [network, ...named, ...user];
    }
    case 'SessionStarted': {
      const { identity, account } = data as SessionStarted['data'];
      return [userChange(identity), ...(account === undefined ? [] : [{ key: accountKey(account), kind: 'account' as const }])];
    }
    case 'SourceBanned':
    case 'BanLifted': {
      const { source } = data as BanEvent['data'];
      return [{ key: sourceKey(source), kind: source.kind }];
    }
    default:
      return [];
  }
}
