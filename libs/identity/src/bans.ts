/** Which sources are banned now, in memory, from the log. Memory: about 500 bytes for each ban that has not ended. */
import type { RecordedEvent } from '#libs/event-sourcing';
import { type BanEvent, type BanReason, type Source, type SourceBanned } from './ban.events.js';

/** Fewer bans than this are never swept. */
const SMALLEST_SWEEP = 1_000;

export interface Ban {
  readonly source: Source;
  readonly reason: BanReason;
  readonly at: string;
  readonly until: string;
}

export class Bans {
  /** The oldest first. */
  readonly #bans = new Map<string, Ban>();
  /** Swept whenever it has doubled, so that sweeping costs the same for each ban. */
  #sweepAtSize = SMALLEST_SWEEP;

  apply(key: string, { type, data, recordedAt }: RecordedEvent<BanEvent>): void {
    this.#bans.delete(key);
    if (type === 'SourceBanned') this.#bans.set(key, data as SourceBanned['data']);
    if (this.#bans.size >= this.#sweepAtSize) this.#sweep(Date.parse(recordedAt));
  }

  /** The ban that holds now. @param key the source's; @param now milliseconds since the epoch */
  at(key: string, now = Date.now()): Ban | undefined {
    const ban = this.#bans.get(key);
    return ban && now < Date.parse(ban.until) ? ban : undefined;
  }

  /** Whether anybody may be banned: there is nothing to look for on most days. */
  get isEmpty(): boolean {
    return this.#bans.size === 0;
  }

  /** All that hold now, the newest first. */
  all(now = Date.now()): readonly Ban[] {
    return [...this.#bans.values()].filter(({ until }) => now < Date.parse(until)).reverse();
  }

  #sweep(now: number): void {
    for (const [key, { until }] of this.#bans) if (Date.parse(until) <= now) this.#bans.delete(key);
    this.#sweepAtSize = Math.max(SMALLEST_SWEEP, 2 * this.#bans.size);
  }
}
