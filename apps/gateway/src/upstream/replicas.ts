/** Several servers that do the same: they take turns, and those that are not well are asked when no other is left. */
import { NotConnected } from './upstream-connection.js';

const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 10_000;

/** It fell silent, or said that it leaves, while a request waited for its answer. */
export class ReplicaLost extends Error {
  static readonly code = 'REPLICA_LOST';
  readonly code = ReplicaLost.code;
}

/** What says that the replica is at fault, and not the client or the request. */
const BROKEN: ReadonlySet<string> = new Set([NotConnected.code, 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', ReplicaLost.code]);

/** The `code` of what an `UPSTREAM_UNAVAILABLE` was caused by. */
export const codeOf = (error: unknown): string =>
  String(((error as Error | undefined)?.cause as NodeJS.ErrnoException | undefined)?.code ?? '');

/** Whether another replica may be better. */
export const isBroken = (error: unknown): boolean => BROKEN.has(codeOf(error));

export class Replica {
  readonly url: URL;
  #failures = 0;
  /** Not asked before, by `performance.now()`, unless all rest. */
  restsUntil = 0;
  /** What another source says, such as the line of denials: undefined where there is none. */
  isHeard: boolean | undefined;
  #heard = new AbortController();

  constructor(url: URL) {
    this.url = url;
  }

  /** Aborts with {@link ReplicaLost} when it is not heard any more; undefined where it is not. */
  get heard(): AbortSignal | undefined {
    return this.isHeard ? this.#heard.signal : undefined;
  }

  isWell(now: number): boolean {
    return this.restsUntil <= now && this.isHeard !== false;
  }

  answered(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.restsUntil = performance.now() + Math.min(FIRST_REST_MS * 2 ** this.#failures, LONGEST_REST_MS);
    this.#failures += 1;
  }

  turn(isUp: boolean): void {
    this.isHeard = isUp;
    if (!isUp) this.#heard.abort(new ReplicaLost());
    else {
      this.restsUntil = 0;
      this.#heard = new AbortController();
    }
  }
}

export class Replicas {
  readonly #all: readonly Replica[];
  #next = 0;

  constructor(urls: readonly URL[]) {
    this.#all = urls.map((url) => new Replica(url));
  }

  /** Those that are well, each time beginning with another one; then the others, as one of them may be well again. */
  inTurn(): readonly Replica[] {
    if (this.#all.length === 1) return this.#all;
    const now = performance.now();
    const well = this.#all.filter((replica) => replica.isWell(now));
    const start = well.length === 0 ? 0 : this.#next++ % well.length;
    const others = this.#all.filter((replica) => !well.includes(replica)).sort((a, b) => a.restsUntil - b.restsUntil);
    return [...well.slice(start), ...well.slice(0, start), ...others];
  }

  /** A replica is heard of, or said that it leaves, or was not heard of for too long. */
  turn(url: URL, isUp: boolean): void {
    for (const replica of this.#all) if (replica.url.href === url.href) replica.turn(isUp);
  }
}
