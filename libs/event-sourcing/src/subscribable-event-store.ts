/** What all adapters share: subscriptions and the doorbell. An adapter adds storage, leases and checkpoints. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Delivery, defaultTimings, type SubscriptionTimings } from './delivery.js';
import {
  EventStore,
  type FollowOptions,
  type ReactOptions,
  type RecordedEvent,
  type Subscription,
  type SubscriptionState,
} from './event-store.js';
import { type Checkpoints, follow, react } from './subscription.js';

type Listener = (events: readonly RecordedEvent[]) => void;

/** A handler that takes longer than this to end is left behind when the store closes. */
const STOP_WITHIN_MS = 10_000;

export abstract class SubscribableEventStore extends EventStore {
  abstract readonly checkpoints: Checkpoints;
  readonly #timings: SubscriptionTimings;
  readonly #listeners = new Set<Listener>();
  readonly #doubters = new Set<() => void>();
  readonly #deliveries = new Set<Delivery>();
  #stopping = false;

  constructor(timings: Partial<SubscriptionTimings> = {}) {
    super();
    this.#timings = { ...defaultTimings, ...timings };
  }

  override react(options: ReactOptions): Subscription {
    return this.#keep(react(this, options, this.#timings));
  }

  override follow(options: FollowOptions): Subscription {
    return this.#keep(follow(this, options, this.#timings));
  }

  override subscriptions(): readonly SubscriptionState[] {
    return [...this.#deliveries].map((delivery) => delivery.state());
  }

  override onAppended(listener: Listener): () => void {
    // A function of its own each time, so that the same listener can be there twice.
    const entry: Listener = (events) => listener(events);
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  override onDoubt(listener: () => void): () => void {
    const entry = () => listener();
    this.#doubters.add(entry);
    return () => this.#doubters.delete(entry);
  }

  /** To be called by an adapter whose server may have lost what could be read already. */
  protected doubt(): void {
    for (const listener of this.#doubters) listener();
  }

  /** To be called by the adapter once events are durable. */
  protected ring(events: readonly RecordedEvent[]): void {
    if (events.length === 0) return;
    for (const listener of this.#listeners) {
      try {
        listener(events);
      } catch (error) {
        // The events are stored: the append may not fail any more.
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    }
  }

  /** To be called by an adapter that hears of appends of other processes: saves the subscriptions their poll. */
  protected wake(): void {
    for (const delivery of this.#deliveries) delivery.wake();
  }

  /** Stops them all; new ones stop at once from now on. */
  protected async stopSubscriptions(): Promise<void> {
    this.#stopping = true;
    const stopped = Promise.all([...this.#deliveries].map((delivery) => delivery.stop()));
    const patience = new AbortController();
    await Promise.race([stopped, pause(STOP_WITHIN_MS, undefined, { signal: patience.signal }).catch(() => {})]);
    patience.abort();
  }

  #keep(delivery: Delivery): Subscription {
    this.#deliveries.add(delivery);
    void delivery.finished.then(() => this.#deliveries.delete(delivery));
    if (this.#stopping) void delivery.stop();
    return delivery;
  }
}
