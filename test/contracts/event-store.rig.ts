/** What the contract of event stores is given to work with, and the events that it stores. */
import type { Checkpoints, DomainEvent, EventStore, RecordedEvent } from '#libs/event-sourcing';

export type StoreUnderTest = EventStore & { readonly checkpoints: Checkpoints };

/** One installation's storage and the stores that have it open. Leases of subscriptions last 1.5 s at most. */
export interface StoreRig {
  readonly store: StoreUnderTest;
  /** The same storage as a second process would open it; the same store where there is no such thing. */
  readonly other: StoreUnderTest;
  /** Closes both and removes the storage. */
  dispose(): Promise<void>;
}

export const happened = (...numbers: number[]): readonly DomainEvent[] =>
  numbers.map((number) => ({ type: 'ThingHappened', data: { number } }));
export const numbersOf = (events: readonly RecordedEvent[]): readonly unknown[] =>
  events.map(({ data }) => (data as { number: number }).number);
