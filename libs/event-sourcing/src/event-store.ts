/** The port through which facts are kept. Adapters: memory, sqlite, mongo; one contract suite holds them to this page. */
import type { DomainEvent } from './decider.js';
import type { Supervision } from './supervision.js';

/** Who and what led to an event; kept beside it for the audit, never read by deciders. */
export interface EventMetadata {
  readonly traceId?: string;
  /** Id of the user who acted; absent when the system did. */
  readonly actor?: string;
}

/** An event as the store keeps it. */
export interface RecordedEvent<Event extends DomainEvent = DomainEvent> {
  readonly stream: string;
  /** 1 for the first event of its stream. */
  readonly version: number;
  /** Place in the one order of all events; grows, starts at 1 or above, may have gaps that never fill. */
  readonly position: number;
  readonly type: Event['type'];
  readonly data: Event['data'];
  readonly metadata: EventMetadata;
  /** When it was stored, ISO 8601 UTC: for people and for reports, never for decisions. */
  readonly recordedAt: string;
}

/** The stream moved on since it was read. Read again, decide again. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict';
  constructor(
    readonly stream: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`stream ${stream} is at version ${actual}, not ${expected}`);
  }
}

/** A runner's lease was taken over by another: whatever it still does must not count. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  constructor(readonly lease: string) {
    super(`lease ${lease} is held by another runner`);
  }
}

/** The right to be the only runner of something for a while. */
export interface Lease {
  readonly name: string;
  /** Fencing token: grows with every holder, so that a late holder can be told from the present one. */
  readonly fence: number;
  /** Prolongs it; throws {@link LeaseLost} when another has it. */
  renew(ttlMs: number): Promise<void>;
  /** Gives it back at once; without effect when another has it. */
  release(): Promise<void>;
}

export interface Subscription {
  /**
   * Resolves when everything that was stored before the call has been handled here; rejects when it stops first. Whoever answers to somebody gives a
   * limit, as an event that cannot be handled is waited for without end.
   *
   * @throws DeskhandError `NOT_READY` when that takes longer than `withinMs`; `STORE_UNAVAILABLE`
   */
  caughtUp(withinMs?: number): Promise<void>;
  /** Everything that was stored before that time (`performance.now()`) has been handled here: how old what it knows may be. */
  readonly asOf: number;
  /** Where it is, and why it stands still if it does. */
  state(): SubscriptionState;
  /** Stops after the event under way; saves its checkpoint and releases its lease. */
  stop(): Promise<void>;
}

export interface SubscriptionState {
  readonly name: string;
  readonly status: 'waiting-for-lease' | 'running' | 'failing' | 'stopped';
  /** Position of the last event handled. */
  readonly position: number;
  /** The last failure of the handler; it is tried again with growing pauses. */
  readonly error?: string;
}

export interface ReactOptions {
  /** Names the checkpoint and the lease. */
  readonly name: string;
  /** Awaited, in order, at least once; a throw is tried again, and nothing is skipped unless an operator says so. */
  handle(event: RecordedEvent): Promise<void>;
  /** The same for many at once, where that is cheaper. After a throw they come one by one, also those that it had handled. */
  handleAll?(events: readonly RecordedEvent[]): Promise<void>;
  /** Called when this process has become the runner, before the first event. */
  onLeaseGained?(): Promise<void>;
}

export interface FollowOptions {
  /** For reports. */
  readonly name: string;
  /** Handle events after this position; 0 for all. */
  readonly from?: number;
  /** Synchronous or awaited, in order; a throw is tried again, and nothing is skipped unless an operator says so. */
  handle(event: RecordedEvent): void | Promise<void>;
}

export abstract class EventStore {
  abstract readonly supervision: Supervision;

  /**
   * Stores all events or none, at `expectedVersion` (0 for a new stream), and rings the doorbell. Without events it stores nothing, but
   * still refuses another version.
   *
   * @returns the version of the stream and the position of its last event (0 when it has none), once they are durable
   * @throws VersionConflict when the stream is at another version
   * @throws DeskhandError `STORE_UNAVAILABLE` when it could not be stored, or when too many appends are waiting
   */
  abstract append(
    stream: string,
    expectedVersion: number,
    events: readonly DomainEvent[],
    metadata?: EventMetadata,
  ): Promise<{ readonly version: number; readonly position: number }>;

  /** The events of a stream in order, those after `afterVersion` (0 by default). */
  abstract read(stream: string, afterVersion?: number): Promise<readonly RecordedEvent[]>;

  /**
   * Up to `limit` events after `afterPosition`, in the one order of all. An event never appears later at a position below one that was
   * already returned.
   */
  abstract readAll(afterPosition: number, limit: number): Promise<readonly RecordedEvent[]>;

  /** Position of the newest event, 0 when there is none. */
  abstract head(): Promise<number>;

  /** For effects and persistent views: at least once, in order, awaited, stored checkpoint, one runner per name in the installation. */
  abstract react(options: ReactOptions): Subscription;

  /** For views in memory: every process for itself, no lease, no checkpoint. */
  abstract follow(options: FollowOptions): Subscription;

  /** The subscriptions of this process that have not ended. */
  abstract subscriptions(): readonly SubscriptionState[];

  /**
   * Called in this process after each append through this store, with the events as they were stored. May be lost: what it brings can always be read.
   *
   * @returns what ends the calls
   */
  abstract onAppended(listener: (events: readonly RecordedEvent[]) => void): () => void;

  /**
   * Called in this process whenever events that were read may not be stored any more, as a database server may have come back without what it had
   * not yet written to its disk. What was made of them must be read anew.
   *
   * @returns what ends the calls
   */
  abstract onDoubt(listener: () => void): () => void;

  /**
   * The lease, or undefined while another holds it, in this process or elsewhere. Held until `ttlMs` pass without `renew`; an adapter that can
   * tell that the holder's process is dead hands it out at once.
   */
  abstract acquireLease(name: string, ttlMs: number): Promise<Lease | undefined>;

  /**
   * Puts back events of another store: as they were, but at positions of their own. The stores' way in for {@link importEvents} alone.
   *
   * @param expectedHead position after which they go: 0 for the first of them
   * @returns the position of the last
   * @throws DeskhandError `STORE_NOT_EMPTY` when the log ends elsewhere; for the first also when a subscription has come further than 0, a view has rows, or
   * somebody holds a lease, as what was made of another log would pass over what is put back
   */
  abstract restore(expectedHead: number, events: readonly RecordedEvent[]): Promise<number>;

  /** Stops its subscriptions, finishes the appends that wait, and closes; everything after it fails with `STORE_UNAVAILABLE`. */
  abstract close(): Promise<void>;
}
