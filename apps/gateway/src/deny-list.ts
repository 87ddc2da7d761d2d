/** Tokens outlive what they were issued for by some minutes: this list says which of them are worth nothing any more. */
import { DENIAL_LIFE_MS, type Denied, type DesktopGrant } from '#libs/tokens';

/** Who an open connection or a token belongs to. */
export type Holder = Pick<DesktopGrant, 'sessionId' | 'desktop' | 'run'>;

/** More at once than this is a fault elsewhere; the oldest give way, as they expire first. */
const MAX_ENTRIES = 100_000;

const keyOf = (denied: Denied): string =>
  'session' in denied ? `session ${denied.session}` : `desktop ${denied.desktop} ${denied.run ?? 'every'}`;

export class DenyList {
  /** Key to the millisecond it expires, oldest first. */
  readonly #entries = new Map<string, number>();
  readonly #listeners = new Set<() => void>();

  /** Refuses these tokens from now on, and closes what was opened with them. */
  deny(denied: Denied, nowMs = Date.now()): void {
    const key = keyOf(denied);
    this.#entries.delete(key);
    this.#entries.set(key, nowMs + DENIAL_LIFE_MS);
    this.#forget(nowMs);
    for (const listener of this.#listeners) listener();
  }

  denies({ sessionId, desktop, run }: Holder, nowMs = Date.now()): boolean {
    return [{ session: sessionId }, { desktop }, { desktop, run }].some((denied) => (this.#entries.get(keyOf(denied)) ?? 0) > nowMs);
  }

  /** Calls back after every addition. @returns ends it */
  onDeny(listener: () => void): () => void {
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
