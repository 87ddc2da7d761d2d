/**
 * States that were folded before: a command is decided by what is remembered, and of a stream that has grown meanwhile only what is new is read. Nothing is
 * ever wrong by it, for a stream only grows, and the store takes an append at its very version only. When the store comes to doubt what it gave out, all is
 * forgotten.
 */
import { LRUCache } from 'lru-cache';
import type { EventStore } from './event-store.js';

/** A state and the version of its stream. */
export interface Versioned<State> {
  readonly state: State;
  readonly version: number;
}

export class RememberedStates<State extends object> {
  readonly #known: LRUCache<string, Versioned<State>>;
  #epoch = 0;

  /**
   * @param store where the streams are
   * @param max streams; those that were asked longest ago are forgotten
   */
  constructor(store: Pick<EventStore, 'onDoubt'>, max: number) {
    this.#known = new LRUCache({ max });
    store.onDoubt(() => {
      this.#epoch++;
      this.#known.clear();
    });
  }

  /** Goes up whenever all is forgotten. */
  get epoch(): number {
    return this.#epoch;
  }

  of(stream: string): Versioned<State> | undefined {
    return this.#known.get(stream);
  }

  /** Keeps the newest of what it is told. @param epoch from before it was read: what was read before all was forgotten may be wrong */
  remember(stream: string, versioned: Versioned<State>, epoch: number): void {
    if (epoch !== this.#epoch) return;
    if ((this.#known.peek(stream)?.version ?? 0) < versioned.version) this.#known.set(stream, versioned);
  }
}
