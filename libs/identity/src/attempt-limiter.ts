/** Makes whoever guesses passwords wait, longer each time. Only failures count, so however many right logins pass unhindered. Time is data. */
import { LRUCache } from 'lru-cache';
import { DeskhandError } from '#libs/common';

interface Failures {
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly last: number;
}

/** A name whose failures are counted, and how many are free. */
interface Counted {
  readonly key: string;
  readonly free: number;
}

export interface Attempt {
  /** Provider and account; undefined where there are no accounts. */
  readonly account: string | undefined;
  /** What one client cannot change at will. */
  readonly network: string;
}

const FIRST_WAIT_SECONDS = 5;
/** Behind one address there may be a whole office. */
const ACCOUNTS_PER_NETWORK = 10;
/** Of more names than this, those that were tried longest ago are forgotten. */
const MAX_NAMES = 20_000;

export class AttemptLimiter {
  readonly #failures = new LRUCache<string, Failures>({ max: MAX_NAMES });

  /**
   * @param free failures of an account that cost no waiting
   * @param longestWaitSeconds where the wait stops growing; failures are forgotten after twice that
   */
  constructor(
    private readonly free: number,
    private readonly longestWaitSeconds: number,
  ) {}

  /** @throws DeskhandError `TOO_MANY_ATTEMPTS` with the seconds to wait */
  check(attempt: Attempt, now: number): void {
    const retryAfter = Math.max(...this.#counted(attempt).map((counted) => this.#waitSeconds(counted, now)));
    if (retryAfter > 0) throw new DeskhandError('TOO_MANY_ATTEMPTS', undefined, { retryAfter: Math.ceil(retryAfter) });
  }

  failed(attempt: Attempt, now: number): void {
    for (const { key } of this.#counted(attempt)) {
      const count = (this.#remembered(key, now)?.count ?? 0) + 1;
      this.#failures.set(key, { count, last: now });
    }
  }

  /** Clears the account, but not the network: an own account must not buy guesses at others. */
  succeeded({ account }: Attempt): void {
    if (account !== undefined) this.#failures.delete(accountKey(account));
  }

  #counted({ account, network }: Attempt): readonly Counted[] {
    const counted = [{ key: `network ${network}`, free: this.free * ACCOUNTS_PER_NETWORK }];
    return account === undefined ? counted : [...counted, { key: accountKey(account), free: this.free }];
  }

  #remembered(key: string, now: number): Failures | undefined {
    const failures = this.#failures.get(key);
    return failures && now - failures.last < 2 * this.longestWaitSeconds * 1000 ? failures : undefined;
  }

  #waitSeconds({ key, free }: Counted, now: number): number {
    const failures = this.#remembered(key, now);
    if (!failures || failures.count < free) return 0;
    const wait = Math.min(this.longestWaitSeconds, FIRST_WAIT_SECONDS * 2 ** (failures.count - free));
    return wait - (now - failures.last) / 1000;
  }
}

const accountKey = (account: string): string => `account ${account}`;
