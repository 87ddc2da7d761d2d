/** A token is verified once: remembers the outcome by the token's hash until the token expires or its key goes, and bounds what is being verified at a time. */
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { DeskhandError } from '#libs/common';
import type { KeyRing } from './key-ring.js';

export interface Verified<T extends object> {
  readonly value: T;
  /** Of the key that it was verified with. */
  readonly kid: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export class TokenCache<T extends object> {
  readonly #known: LRUCache<string, Verified<T>>;
  readonly #running = new Map<string, Promise<Verified<T>>>();
  readonly #ring: KeyRing;
  readonly #maxRunning: number;

  constructor(ring: KeyRing, bounds: { readonly entries: number; readonly running: number }) {
    this.#ring = ring;
    this.#known = new LRUCache({ max: bounds.entries });
    this.#maxRunning = bounds.running;
  }

  /**
   * What this token was found to be, verified now where it is not known. The same token asked for twice at once is verified once.
   * @throws what `verify` throws, which is not remembered; DeskhandError `TOO_MANY_REQUESTS` when too many are being verified
   */
  async get(token: string, now: Date, verify: () => Promise<Verified<T>>): Promise<T> {
    const key = keyOf(token);
    const known = this.#find(key, now.getTime());
    if (known) return known;
    return (await (this.#running.get(key) ?? this.#start(key, verify))).value;
  }

  /** What this token was found to be before, as long as it is good. @param nowMs milliseconds since 1970 */
  known(token: string, nowMs: number): T | undefined {
    return this.#find(keyOf(token), nowMs);
  }

  #find(key: string, nowMs: number): T | undefined {
    const known = this.#known.get(key);
    // A key that was taken out, as one that was stolen is, takes along what it signed.
    return known && known.expiresAt > nowMs && this.#ring.verificationKey(known.kid) ? known.value : undefined;
  }

  async #start(key: string, verify: () => Promise<Verified<T>>): Promise<Verified<T>> {
    if (this.#running.size >= this.#maxRunning)
      throw new DeskhandError('TOO_MANY_REQUESTS', 'Too many tokens are being checked.', { retryAfter: 1 });
    const run = verify();
    this.#running.set(key, run);
    try {
      const verified = await run;
      this.#known.set(key, verified);
      return verified;
    } finally {
      this.#running.delete(key);
    }
  }
}

/** The hash, so that a dump of this memory shows no token. */
const keyOf = (token: string): string => hash('sha256', token, 'base64url');
