/** Tokens outlive what they were issued for by some minutes: this list says which of them are worth nothing any more. */
import { DENIAL_LIFE_MS, type Denied, type DesktopGrant } from '#libs/tokens';

/** Who an open connection or a token belongs to. */
export type Holder = Pick<DesktopGrant, 'sessionId' | 'desktop' | 'run'>;

/** More at once than this is a fault elsewhere; those that were heard first give way, as they expire first but for seconds. */
const MAX_ENTRIES = 100_000;

/** Whether a denial is about this holder. */
export const isAbout = (denied: Denied, { sessionId, desktop, run }: Holder): boolean =>
  'session' in denied ? denied.session === sessionId : denied.desktop === desktop && (denied.run === undefined || denied.run === run);

const keyOf = (denied: Denied): string =>
  'session' in denied ? `session ${denied.session}` : `desktop ${denied.desktop} ${denied.run ?? 'every'}`;

export class DenyList {
  /** Key to the millisecond it expires, in the order they were heard. */
  readonly #entries = new Map<string, number>();
  readonly #listeners = new Set<(denied: Denied) => void>();

  /** Refuses these tokens from now on, and closes what was opened with them. */
  deny(denied: Denied, nowMs = Date.now()): void {
    const key = keyOf(denied);
    const until = nowMs + DENIAL_LIFE_MS;
    // Each line tells of each end, and from the beginning when it is new: an older denial takes nothing from a newer one.
    if (until > (this.#entries.get(key) ?? 0)) {
      this.#entries.delete(key);
      this.#entries.set(key, until);
    }
    this.#forget(nowMs);
    // What can belong to nobody any more, as when a line is heard again from its beginning.
    if (until > Date.now()) for (const listener of this.#listeners) listener(denied);
  }

  denies({ sessionId, desktop, run }: Holder, nowMs = Date.now()): boolean {
    if (this.#entries.size === 0) return false;
    return [{ session: sessionId }, { desktop }, { desktop, run }].some((denied) => (this.#entries.get(keyOf(denied)) ?? 0) > nowMs);
  }

  /** Calls back with every addition. @returns ends it */
  onDeny(listener: (denied: Denied) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #forget(nowMs: number): void {
    for (const [key, until] of this.#entries) {
      if (until > nowMs && this.#entries.size <= MAX_ENTRIES) return;
      this.#entries.delete(key);
    }
  }
}
