/** Folds all desktops' events into a view in memory, for limits and the sweep. Never for decisions about a single desktop. */
import type { RecordedEvent } from '#libs/event-sourcing';
import { desktopEventOf, desktopOfStream } from './desktop.events.js';
import { type DesktopState, evolve, isLive } from './desktop.state.js';

export class DesktopProjection {
  /** Only those that live or are ending: of what was, nothing is kept. With the position of the newest event of each. */
  readonly #unfinished = new Map<string, { readonly state: DesktopState; readonly position: number }>();
  readonly #applied = new Set<(id: string, position: number) => void>();
  readonly #listeners = new Map<string, Set<() => void>>();

  apply(recorded: RecordedEvent): void {
    const id = desktopOfStream(recorded.stream);
    if (id === undefined) return;
    const state = evolve(this.#unfinished.get(id)?.state ?? { status: 'absent' }, desktopEventOf(recorded));
    if (isLive(state) || state.status === 'stopping') this.#unfinished.set(id, { state, position: recorded.position });
    else this.#unfinished.delete(id);
    for (const listener of this.#listeners.get(id) ?? []) listener();
    for (const listener of this.#applied) listener(id, recorded.position);
  }

  /** Calls back after each event of any desktop that this view has taken in, whichever process stored it. */
  onApplied(listener: (id: string, position: number) => void): () => void {
    this.#applied.add(listener);
    return () => this.#applied.delete(listener);
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

  /** Whether somebody may be waiting for this run to become ready: the position of its newest event; undefined if not. */
  waitedFor(id: string, run: number): number | undefined {
    const { state, position } = this.#unfinished.get(id) ?? {};
    return (state?.status === 'requested' || state?.status === 'starting') && state.run === run ? position : undefined;
  }

  /** Ids of the desktops that live or are ending: they take up places, and a process that starts has to look at them. */
  unfinished(): readonly string[] {
    return [...this.#unfinished.keys()];
  }
}
