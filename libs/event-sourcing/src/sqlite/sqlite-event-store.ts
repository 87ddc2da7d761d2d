/** Keeps events in one file of this machine. SQLite lets one process write at a time, so positions appear in the order in which they are given. */
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { DeskhandError } from '#libs/common';
import type { DomainEvent } from '../decider.js';
import type { SubscriptionTimings } from '../delivery.js';
import { type EventMetadata, type Lease, LeaseLost, type RecordedEvent, VersionConflict } from '../event-store.js';
import { type StoredEvent, storeInUse, storeNotEmpty, toRecorded, toStored, toUnplaced } from '../stored-event.js';
import { SubscribableEventStore } from '../subscribable-event-store.js';
import type { Checkpoints } from '../subscription.js';
import type { Supervision } from '../supervision.js';
import { hasEnded, identifyProcess } from './process-identity.js';
import { isBusy, toStoreError } from './sqlite-errors.js';
import { openSqliteFile } from './sqlite-file.js';
import { sqliteSupervision } from './sqlite-supervision.js';
import { prepareStatements } from './statements.js';
import { WriteQueue } from './write-queue.js';

/** For how long a read waits for a process that is repairing the file after a crash. */
const READ_WITHIN_MS = 10_000;

export class SqliteEventStore extends SubscribableEventStore {
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #writes: WriteQueue;
  readonly supervision: Supervision;
  readonly #owner = identifyProcess();
  #closed = false;
  #closing: Promise<void> | undefined;

  /**
   * @param file is made, and its folder too, where it is missing; several processes may have it open
   * @throws DeskhandError `STORE_CORRUPT`, `STORE_UNAVAILABLE`
   */
  constructor(file: string, timings: Partial<SubscriptionTimings> = {}) {
    super(timings);
    this.#database = openSqliteFile(file);
    this.#statements = prepareStatements(this.#database);
    this.#writes = new WriteQueue(this.#database);
    this.supervision = sqliteSupervision(this.#database, { read: (query) => this.#read(query), write: (work) => this.#write(work) });
  }

  async append(stream: string, expectedVersion: number, events: readonly DomainEvent[], metadata: EventMetadata = {}) {
    const unplaced = toUnplaced(events, metadata);
    const { version, position, stored } = await this.#write(() => {
      const last = this.#statements.last(stream);
      if (last.version !== expectedVersion) throw new VersionConflict(stream, expectedVersion, last.version);
      const recordedAt = new Date().toISOString();
      const stored = unplaced.map((event, index): StoredEvent => {
        const placed = { stream, version: expectedVersion + index + 1, ...event, recordedAt };
        return { ...placed, position: this.#statements.insert(placed) };
      });
      return { ...(stored.at(-1) ?? last), stored };
    });
    this.ring(stored.map(toRecorded));
    return { version, position };
  }

  async read(stream: string, afterVersion = 0): Promise<readonly RecordedEvent[]> {
    return (await this.#read(() => this.#statements.ofStream(stream, afterVersion))).map(toRecorded);
  }

  async readAll(afterPosition: number, limit: number): Promise<readonly RecordedEvent[]> {
    return (await this.#read(() => this.#statements.ofAll(afterPosition, limit))).map(toRecorded);
  }

  head(): Promise<number> {
    return this.#read(() => this.#statements.head());
  }

  restore(expectedHead: number, events: readonly RecordedEvent[]): Promise<number> {
    return this.#write(() => {
      const head = this.#statements.head();
      if (head !== expectedHead) throw storeNotEmpty(head);
      if (head === 0) this.#mustBeUnused();
      return events.reduce((_, event) => this.#statements.insert(toStored(event, 0)), head);
    });
  }

  async acquireLease(name: string, ttlMs: number): Promise<Lease | undefined> {
    const isFree = () => {
      const held = this.#statements.lease(name);
      return !held || held.expiresAt <= Date.now() || hasEnded(held.owner);
    };
    // Looked at before it is asked for: those who wait for a lease shall not write.
    if (!(await this.#read(isFree))) return undefined;
    const fence = await this.#write(() => (isFree() ? this.#statements.takeLease(name, this.#owner, Date.now() + ttlMs) : undefined));
    if (fence === undefined) return undefined;
    return {
      name,
      fence,
      renew: (nextTtlMs) =>
        this.#write(() => {
          if (!this.#statements.renewLease(name, fence, Date.now() + nextTtlMs)) throw new LeaseLost(name);
        }),
      release: () => this.#write(() => this.#statements.releaseLease(name, fence)),
    };
  }

  readonly checkpoints: Checkpoints = {
    claim: (name, fence) =>
      this.#write(() => {
        const position = this.#statements.claimCheckpoint(name, fence);
        if (position === undefined) throw new LeaseLost(name);
        return position;
      }),
    save: (name, fence, position) =>
      this.#write(() => {
        if (!this.#statements.saveCheckpoint(name, fence, position)) throw new LeaseLost(name);
      }),
  };

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.stopSubscriptions();
    this.#closed = true;
    await this.#writes.idle();
    this.#database.close();
  }

  #mustBeUnused(): void {
    const checkpoint = this.#statements.anyCheckpoint();
    if (checkpoint !== undefined) throw storeInUse(`the checkpoint ${checkpoint}`);
    const lease = this.#statements.leasesAfter(Date.now()).find(({ owner }) => !hasEnded(owner));
    if (lease) throw storeInUse(`the lease ${lease.name}`);
  }

  async #write<T>(work: () => T): Promise<T> {
    this.#mustBeOpen();
    return this.#writes.submit(work);
  }

  async #read<T>(query: () => T): Promise<T> {
    const giveUpAt = performance.now() + READ_WITHIN_MS;
    for (;;) {
      this.#mustBeOpen();
      try {
        return query();
      } catch (error) {
        if (!isBusy(error) || performance.now() > giveUpAt) throw toStoreError(error);
        await pause(5);
      }
    }
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new DeskhandError('STORE_UNAVAILABLE', 'The event store is closed.');
  }
}
