/** Keeps events in MongoDB, for any number of processes. Nobody can insert a position before having read the one below it: ADR 1 says why. */
import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Connection, mongo } from 'mongoose';
import { DeskhandError } from '#libs/common';
import type { DomainEvent } from '../decider.js';
import type { SubscriptionTimings } from '../delivery.js';
import { type EventMetadata, type Lease, type RecordedEvent, VersionConflict } from '../event-store.js';
import { storeNotEmpty, toRecorded, toUnplaced } from '../stored-event.js';
import { SubscribableEventStore } from '../subscribable-event-store.js';
import type { Checkpoints } from '../subscription.js';
import type { Supervision } from '../supervision.js';
import {
  type AppendCollection,
  type AppendDocument,
  appendsOf,
  lastPositionOf,
  numbersAfter,
  rowAfter,
  toRestored,
  toStored,
} from './append-document.js';
import { AppendQueue } from './append-queue.js';
import { Doorbell } from './doorbell.js';
import { LogEnd } from './log-end.js';
import { answerOf, isDuplicate } from './mongo-errors.js';
import { MongoLeases, mongoCheckpoints } from './mongo-leases.js';
import { mongoSupervision } from './mongo-supervision.js';
import { StreamReader } from './stream-reader.js';
import { mustBeUnused } from './unused.js';

/** Other processes' events are seen within the second that a logout may take; a killed process's work is taken over within five. */
const TIMINGS: Partial<SubscriptionTimings> = { pollMs: 200, leaseMs: 4_000, checkpointMs: 100 };
/** One document has 16 MB at most. */
const LARGEST_APPEND = 4 * 1024 * 1024;
/** Positions that one look-up asks for. */
const READ_AT_ONCE = 100;

export class MongoEventStore extends SubscribableEventStore {
  readonly checkpoints: Checkpoints;
  readonly supervision: Supervision;
  readonly #database: mongo.Db;
  readonly #appends: AppendCollection;
  readonly #end: LogEnd;
  readonly #streams: StreamReader;
  readonly #queue: AppendQueue;
  readonly #leases: MongoLeases;
  readonly #doorbell: Doorbell;
  /** Documents that a page ended inside of, by the position where it did: where the next page begins. */
  readonly #cuts = new LRUCache<number, number>({ max: 1_000 });
  /** Position that was read though the log ends before it; undefined as long as all is well. */
  #readTo: number | undefined;
  #closed = false;
  #closing: Promise<void> | undefined;

  /** @param connection to a database that has been migrated; closed with the store */
  constructor(
    private readonly connection: Connection,
    timings: Partial<SubscriptionTimings> = {},
  ) {
    super({ ...TIMINGS, ...timings });
    const client = connection.getClient();
    const database = client.db(connection.name);
    this.#database = database;
    this.#appends = appendsOf(database);
    this.#end = new LogEnd(this.#appends);
    this.#streams = new StreamReader(this.#appends);
    this.#queue = new AppendQueue(this.#appends, this.#end, this.#streams);
    this.#leases = new MongoLeases(database);
    this.checkpoints = mongoCheckpoints(database);
    this.supervision = mongoSupervision(database);
    this.#doorbell = new Doorbell(database, this.#appends, this.#end, () => this.wake());
    client.on('connectionPoolCleared', () => {
      this.#end.forget();
      this.#streams.forget();
      this.doubt();
    });
  }

  async append(stream: string, expectedVersion: number, events: readonly DomainEvent[], metadata: EventMetadata = {}) {
    const unplaced = toUnplaced(events, metadata);
    const size = unplaced.reduce((sum, { data }) => sum + data.length, 0);
    if (size > LARGEST_APPEND) throw new RangeError(`an append to ${stream} has ${size} characters of data`);
    this.#mustBeOpen();
    await this.#mustBeWhole();
    if (events.length === 0) return this.#appendNothing(stream, expectedVersion);
    const metadataText = JSON.stringify(metadata);
    const stored = await this.#queue.submit({ writer: randomUUID(), stream, expectedVersion, events: unplaced, metadata: metadataText });
    this.ring(toStored(stored).map(toRecorded));
    return { version: expectedVersion + events.length, position: lastPositionOf(stored) };
  }

  async read(stream: string, afterVersion = 0): Promise<readonly RecordedEvent[]> {
    this.#mustBeOpen();
    return (await this.#streams.read(stream)).slice(afterVersion).map(toRecorded);
  }

  async readAll(afterPosition: number, limit: number): Promise<readonly RecordedEvent[]> {
    this.#mustBeOpen();
    if (!(await this.#hasMoreThan(afterPosition))) return [];
    const last = afterPosition + limit;
    const first = await this.#rowAfter(afterPosition, READ_AT_ONCE);
    // A position inside an append was where a page ended.
    const begun = first.length === 0 ? await this.#holding(afterPosition) : undefined;
    const documents = begun ? [begun] : [...first];
    let position = Math.max(afterPosition, ...documents.map(lastPositionOf));
    for (let asked = begun ? position : afterPosition + READ_AT_ONCE; position < last && position >= asked; ) {
      asked = position + READ_AT_ONCE;
      const row = await this.#rowAfter(position, READ_AT_ONCE);
      documents.push(...row);
      position = Math.max(position, ...row.map(lastPositionOf));
    }
    const cut = documents.find((document) => document._id <= last && lastPositionOf(document) > last);
    if (cut) this.#cuts.set(last, cut._id);
    const events = documents.flatMap(toStored).filter(({ position }) => position > afterPosition && position <= last);
    return events.map(toRecorded);
  }

  async head(): Promise<number> {
    this.#mustBeOpen();
    await this.#mustBeWhole();
    return this.#end.current();
  }

  async restore(expectedHead: number, events: readonly RecordedEvent[]): Promise<number> {
    this.#mustBeOpen();
    const head = await this.#end.current();
    if (head !== expectedHead) throw storeNotEmpty(head);
    if (head === 0) await mustBeUnused(this.#database);
    if (events.length === 0) return head;
    const documents = events.map((event, index) => toRestored(event, head + index + 1));
    try {
      await answerOf(this.#appends.insertMany(documents, { ordered: true }));
    } catch (error) {
      throw isDuplicate(error) ? storeNotEmpty(await this.#end.current()) : error;
    }
    return this.#end.current();
  }

  async acquireLease(name: string, ttlMs: number): Promise<Lease | undefined> {
    this.#mustBeOpen();
    return this.#leases.acquire(name, ttlMs);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.stopSubscriptions();
    this.#closed = true;
    await this.#queue.idle();
    await this.#doorbell.close();
    await this.connection.close();
  }

  async #appendNothing(stream: string, expectedVersion: number) {
    const last = (await this.#streams.read(stream)).at(-1) ?? { version: 0, position: 0 };
    if (last.version !== expectedVersion) throw new VersionConflict(stream, expectedVersion, last.version);
    return { version: last.version, position: last.position };
  }

  /** @throws DeskhandError `STORE_CORRUPT` when somebody has read further than the log goes */
  async #hasMoreThan(position: number): Promise<boolean> {
    if (position < (await this.#end.known()) || (await this.#end.hasMoved())) return true;
    const end = await this.#end.current();
    if (position > end) throw this.#notTheSame(end, position);
    return position < end;
  }

  /** An append to another log would go to a position that somebody has read past. It may be the same again: then this lets it through. */
  async #mustBeWhole(): Promise<void> {
    if (this.#readTo === undefined) return;
    const end = await this.#end.current();
    if (end < this.#readTo) throw this.#notTheSame(end, this.#readTo);
    this.#readTo = undefined;
  }

  /** Whatever this process remembers of the log is forgotten, so that the next look is a look. */
  #notTheSame(end: number, position: number): DeskhandError {
    this.#readTo = Math.max(position, this.#readTo ?? 0);
    this.#end.forget();
    this.#streams.forget();
    return new DeskhandError('STORE_CORRUPT', `The log ends at ${end}, but ${position} was read: it is not the same log any more.`);
  }

  /** The documents that follow a position, up to the first that is missing: one that was stored during the look-up may not be in it. */
  async #rowAfter(position: number, count: number): Promise<readonly AppendDocument[]> {
    const found = await answerOf(this.#appends.find({ _id: { $in: numbersAfter(position, count) } }, { batchSize: count }).toArray());
    const row = rowAfter(position, found);
    for (const document of row) this.#end.see(document);
    return row;
  }

  async #holding(position: number): Promise<AppendDocument | undefined> {
    const begin = this.#cuts.get(position);
    const holding = this.#appends.findOne({ _id: begin ?? { $lte: position } }, { sort: { _id: -1 } });
    return (await answerOf(holding)) ?? undefined;
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new DeskhandError('STORE_UNAVAILABLE', 'The event store is closed.');
  }
}
