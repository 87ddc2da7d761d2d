/** Keeps events in this process: for tests, and for installations that need not survive a restart. Other adapters are measured against it. */
import { DeskhandError } from '#libs/common';
import type { DomainEvent } from '../decider.js';
import { type EventMetadata, type Lease, LeaseLost, type RecordedEvent, VersionConflict } from '../event-store.js';
import { type StoredEvent, storeInUse, storeNotEmpty, toRecorded, toStored, toUnplaced } from '../stored-event.js';
import { SubscribableEventStore } from '../subscribable-event-store.js';
import type { Checkpoints } from '../subscription.js';
import { memorySupervision } from './memory-supervision.js';

export class MemoryEventStore extends SubscribableEventStore {
  /** The event at position n is at index n - 1. */
  readonly #all: StoredEvent[] = [];
  readonly #streams = new Map<string, StoredEvent[]>();
  readonly #leases = new Map<string, { fence: number; expiresAt: number }>();
  readonly #checkpoints = new Map<string, { position: number; fence: number }>();
  #closed = false;

  async append(stream: string, expectedVersion: number, events: readonly DomainEvent[], metadata: EventMetadata = {}) {
    this.#mustBeOpen();
    const unplaced = toUnplaced(events, metadata);
    const own = this.#streams.get(stream) ?? [];
    if (own.length !== expectedVersion) throw new VersionConflict(stream, expectedVersion, own.length);
    const recordedAt = new Date().toISOString();
    const stored = unplaced.map((event, index) => {
      return { position: this.#all.length + index + 1, stream, version: own.length + index + 1, ...event, recordedAt };
    });
    if (stored.length > 0) this.#streams.set(stream, own);
    for (const event of stored) {
      own.push(event);
      this.#all.push(event);
    }
    this.ring(stored.map(toRecorded));
    return { version: own.length, position: own.at(-1)?.position ?? 0 };
  }

  async read(stream: string, afterVersion = 0): Promise<readonly RecordedEvent[]> {
    this.#mustBeOpen();
    return (this.#streams.get(stream) ?? []).slice(afterVersion).map(toRecorded);
  }

  async readAll(afterPosition: number, limit: number): Promise<readonly RecordedEvent[]> {
    this.#mustBeOpen();
    return this.#all.slice(afterPosition, afterPosition + limit).map(toRecorded);
  }

  async head(): Promise<number> {
    this.#mustBeOpen();
    return this.#all.length;
  }

  async acquireLease(name: string, ttlMs: number): Promise<Lease | undefined> {
    this.#mustBeOpen();
    const last = this.#leases.get(name);
    if (last && last.expiresAt > performance.now()) return undefined;
    const mine = { fence: (last?.fence ?? 0) + 1, expiresAt: performance.now() + ttlMs };
    this.#leases.set(name, mine);
    const isMine = () => this.#leases.get(name) === mine && mine.expiresAt > 0;
    return {
      name,
      fence: mine.fence,
      renew: async (nextTtlMs) => {
        if (!isMine()) throw new LeaseLost(name);
        mine.expiresAt = performance.now() + nextTtlMs;
      },
      release: async () => {
        mine.expiresAt = 0;
      },
    };
  }

  readonly checkpoints: Checkpoints = {
    claim: async (name, fence) => {
      const { position, fence: last } = this.#checkpoints.get(name) ?? { position: 0, fence: 0 };
      if (fence < last) throw new LeaseLost(name);
      this.#checkpoints.set(name, { position, fence });
      return position;
    },
    save: async (name, fence, position) => {
      if (this.#checkpoints.get(name)?.fence !== fence) throw new LeaseLost(name);
      this.#checkpoints.set(name, { position, fence });
    },
  };

  async restore(expectedHead: number, events: readonly RecordedEvent[]): Promise<number> {
    this.#mustBeOpen();
    if (this.#all.length !== expectedHead) throw storeNotEmpty(this.#all.length);
    if (expectedHead === 0) this.#mustBeUnused();
    for (const event of events) {
      const stored = toStored(event, this.#all.length + 1);
      this.#all.push(stored);
      this.#streams.set(event.stream, [...(this.#streams.get(event.stream) ?? []), stored]);
    }
    return this.#all.length;
  }

  readonly supervision = memorySupervision(this.#checkpoints);

  async close(): Promise<void> {
    await this.stopSubscriptions();
    this.#closed = true;
  }

  #mustBeUnused(): void {
    for (const [name, { position }] of this.#checkpoints) if (position > 0) throw storeInUse(`the checkpoint ${name}`);
    for (const [name, { expiresAt }] of this.#leases) if (expiresAt > performance.now()) throw storeInUse(`the lease ${name}`);
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new DeskhandError('STORE_UNAVAILABLE', 'The event store is closed.');
  }
}
