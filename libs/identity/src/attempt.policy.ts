/**
 * How many wrong passwords are too many: a leaky bucket for each source. A failure adds one, time takes away; close before the limit each attempt has to
 * wait, twice as long each time, and at the limit the source is banned. Pure; time is data, in milliseconds since the epoch.
 */
import type { Configuration } from '#libs/common';
import type { Source } from './ban.events.js';

/** How full the bucket of a source was after its last failure. */
export interface Failures {
  readonly level: number;
  readonly at: number;
}

export type AttemptSettings = Pick<Configuration['identity']['attempts'], 'failures' | 'waitSeconds'>;

/** Behind one address there may be a whole office. */
const ACCOUNTS_PER_NETWORK = 10;
/** Whoever tries one name is stopped by that name: only several names of one user fill the bucket of the user. */
const NAMES_PER_USER = 2;
const LONGEST_DELAY_MS = 1_000;
/** A shorter wait is no wait. */
const SHORTEST_DELAY_MS = 100;

export class AttemptPolicy {
  readonly #limits: Readonly<Record<Source['kind'], number>>;
  /** An attack that goes on slowly is one that fills the bucket within this time. */
  readonly #drainMs: number;

  constructor({ failures, waitSeconds }: AttemptSettings) {
    this.#limits = { account: failures, address: failures * ACCOUNTS_PER_NETWORK, user: failures * NAMES_PER_USER };
    this.#drainMs = 2 * waitSeconds * 1000;
  }

  /** The bucket after another failure. */
  failed(kind: Source['kind'], known: Failures | undefined, at: number): Failures {
    return { level: Math.min(this.#limits[kind], this.#levelAt(kind, known, at)) + 1, at };
  }

  isTooMuch(kind: Source['kind'], known: Failures | undefined, now: number): boolean {
    return this.#left(kind, known, now) <= 0;
  }

  /** How long the next attempt has to wait before it is looked at. */
  delayMs(kind: Source['kind'], known: Failures | undefined, now: number): number {
    if (this.#levelAt(kind, known, now) === 0) return 0;
    const delay = LONGEST_DELAY_MS / 2 ** Math.max(0, this.#left(kind, known, now) - 1);
    return delay < SHORTEST_DELAY_MS ? 0 : delay;
  }

  /** Failures that are still free. What has drained by less than one failure has not drained. */
  #left(kind: Source['kind'], known: Failures | undefined, now: number): number {
    return this.#limits[kind] - Math.ceil(this.#levelAt(kind, known, now));
  }

  #levelAt(kind: Source['kind'], known: Failures | undefined, now: number): number {
    if (!known) return 0;
    const drained = (Math.max(0, now - known.at) / this.#drainMs) * this.#limits[kind];
    return Math.max(0, known.level - drained);
  }
}
