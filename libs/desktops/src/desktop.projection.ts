/** Folds all desktops' events into views in memory: for lists, limits and the sweep. Never for decisions about a single desktop. */
import type { RecordedEvent } from '#libs/event-sourcing';
import { desktopEventOf, desktopOfStream } from './desktop.events.js';
import { type DesktopState, evolve, isLive, type KnownDesktop } from './desktop.state.js';

export class DesktopProjection {
  readonly #desktops = new Map<string, KnownDesktop>();
  readonly #unfinished = new Set<string>();
  readonly #listeners = new Map<string, Set<() => void>>();

  apply(recorded: RecordedEvent): void {
    const id = desktopOfStream(recorded.stream);
    if (id === undefined) return;
    const before: DesktopState = this.#desktops.get(id) ?? { status: 'absent' };
    const state = evolve(before, desktopEventOf(recorded));
    if (state.status === 'absent') return;
    this.#desktops.set(id, state);
    if (isLive(state) || state.status === 'stopping') this.#unfinished.add(id);
    else this.#unfinished.delete(id);
    for (const listener of this.#listeners.get(id) ?? []) listener();
  }

  /** Calls back after each event of the desktop that this view has taken in. */
  onChanged(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
  }

  /** Ids of the desktops that live or are ending: what a process that starts has to look at. */
  unfinished(): readonly string[] {
    return [...this.#unfinished];
  }

  /** How many desktops take up a place. */
  get liveCount(): number {
    return this.#unfinished.size;
  }

  get(id: string): KnownDesktop | undefined {
    return this.#desktops.get(id);
  }
}
