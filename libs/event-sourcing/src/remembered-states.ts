/**
 * States that were folded before: of a stream that is asked often, only what has come since is read. Nothing is ever wrong by it, for a stream only
 * grows; another process may have made it grow, so it is read all the same.
 */
import { LRUCache } from 'lru-cache';

/** A state and the version of its stream. */
export interface Versioned<State> {
  readonly state: State;
  readonly version: number;
}

export class RememberedStates<State extends object> {
  readonly #known: LRUCache<string, Versioned<State>>;

  /** @param max streams; those that were asked longest ago are forgotten */
  constructor(max: number) {
    this.#known = new LRUCache({ max });
  }

  of(stream: string): Versioned<State> | undefined {
    return this.#known.get(stream);
  }

  /** Keeps the newest of what it is told. */
  remember(stream: string, versioned: Versioned<State>): void {
    if ((this.#known.peek(stream)?.version ?? 0) < versioned.version) this.#known.set(stream, versioned);
  }
}
