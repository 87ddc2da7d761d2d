/**
 * Group commit: appends that are asked for while others are on their way go together into the next insert, so that sixteen writers wait for one
 * flush of the server's journal and not for sixteen. Each is a document of its own; an ordered insert stores them one after the other.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { mongo } from 'mongoose';
import { DeskhandError } from '#libs/common';
import { VersionConflict } from '../event-store.js';
import { type AppendCollection, type AppendDocument, lastPositionOf, type PendingAppend, toDocument } from './append-document.js';
import type { LogEnd } from './log-end.js';
import { answerOf, isDuplicate } from './mongo-errors.js';
import type { StreamReader } from './stream-reader.js';

/** Appends that may wait; more than a server can take for seconds is refused, not piled up. */
const LONGEST_QUEUE = 10_000;
const LARGEST_GROUP = 128;
/** Characters of data: a command to the server has 48 MB at most, and a character 3 bytes. */
const LARGEST_GROUP_DATA = 8 * 1024 * 1024;
/** How long a group tries to get through, however often somebody else is faster. */
const TRY_FOR_MS = 8_000;

interface Waiting extends PendingAppend {
  readonly size: number;
  resolve(stored: AppendDocument): void;
  reject(reason: unknown): void;
}

export class AppendQueue {
  readonly #waiting: Waiting[] = [];
  #draining: Promise<void> | undefined;

  constructor(
    private readonly appends: AppendCollection,
    private readonly end: LogEnd,
    private readonly streams: StreamReader,
    private readonly tryForMs = TRY_FOR_MS,
  ) {}

  /**
   * Stores the append once it is its turn.
   *
   * @returns what was stored, once the server says that it is durable
   * @throws VersionConflict when the stream is at another version
   * @throws DeskhandError `STORE_UNAVAILABLE`; where the server died on the way, the append may yet turn out to be stored
   */
  submit(append: PendingAppend): Promise<AppendDocument> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= LONGEST_QUEUE) {
        reject(new DeskhandError('STORE_UNAVAILABLE', 'Too many writes wait for the event store.', { retryAfter: 1 }));
        return;
      }
      const size = append.events.reduce((sum, { data }) => sum + data.length, append.metadata.length);
      this.#waiting.push({ ...append, size, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#nextGroup();
      try {
        await this.#commit(group);
      } catch (error) {
        // Whoever waited meanwhile would wait as long again, and be no wiser.
        for (const { reject } of [...group, ...this.#waiting.splice(0)]) reject(error);
      }
    }
    this.#draining = undefined;
  }

  /** The next appends, one of a stream at most: whether a second one is at the right version shows when the first is stored. */
  #nextGroup(): Waiting[] {
    const streams = new Set<string>();
    const [group, left]: [Waiting[], Waiting[]] = [[], []];
    let size = 0;
    for (const append of this.#waiting) {
      const fits = group.length === 0 || (group.length < LARGEST_GROUP && size + append.size <= LARGEST_GROUP_DATA);
      if (fits && !streams.has(append.stream)) {
        size += append.size;
        group.push(append);
      } else left.push(append);
      streams.add(append.stream);
    }
    this.#waiting.splice(0, this.#waiting.length, ...left);
    return group;
  }

  /** Settles every append of the group, or throws: then those that are not settled were not stored, as far as can be known. */
  async #commit(group: readonly Waiting[]): Promise<void> {
    const giveUpAt = performance.now() + this.tryForMs;
    let left: readonly Waiting[] = await this.#withoutStale(group);
    for (let tries = 0; left.length > 0; tries++) {
      if (tries > 0) await pause(Math.random() * Math.min(2 ** tries, 50));
      try {
        left = await this.#insert(left);
        if (left.length > 0 && performance.now() > giveUpAt) throw alwaysSomebodyElse();
      } catch (error) {
        this.end.forget();
        if (performance.now() > giveUpAt) throw error;
        left = await this.#withoutDecided(left).catch(() => left);
      }
    }
  }

  /** @returns those that are still to be stored, as somebody else was faster */
  async #insert(group: readonly Waiting[]): Promise<readonly Waiting[]> {
    const end = await this.end.known();
    let position = end + 1;
    const documents = group.map((append) => {
      const document = toDocument(append, position);
      position = lastPositionOf(document) + 1;
      return document;
    });
    const stored = await this.#insertInOrder(documents);
    for (const [index, document] of documents.slice(0, stored).entries()) this.#settle(group[index], document);
    const left = group.slice(stored);
    if (left.length === 0) return left;
    // At the position, which then moves on, or in the stream, if it is not what an earlier try of ours has stored.
    const moved = (await this.end.current()) > end + sizeOf(documents.slice(0, stored));
    return moved ? left : [...(await this.#withoutDecided(left.slice(0, 1))), ...left.slice(1)];
  }

  /** @returns how many were stored before one met its like */
  async #insertInOrder(documents: readonly AppendDocument[]): Promise<number> {
    try {
      await answerOf(this.appends.insertMany(documents, { ordered: true }));
      return documents.length;
    } catch (error) {
      if (isDuplicate(error) && error instanceof mongo.MongoBulkWriteError) return error.insertedCount;
      throw error;
    }
  }

  /** Settles what turns out to be stored, by an earlier try of ours or at the version that somebody else took. @returns the others */
  async #withoutDecided(group: readonly Waiting[]): Promise<Waiting[]> {
    const found = await Promise.all(group.map(({ stream, expectedVersion }) => this.streams.documentOf(stream, expectedVersion + 1)));
    for (const [index, append] of group.entries()) {
      const document = found[index];
      if (document?.writer === append.writer) this.#settle(append, document);
      else if (document) await this.#refuse(append);
    }
    return group.filter((_, index) => found[index] === undefined);
  }

  /** Without those whose expected version the stream has not come to; of those that it is past, the index tells. */
  async #withoutStale(group: readonly Waiting[]): Promise<Waiting[]> {
    const reached = await Promise.all(group.map(({ stream, expectedVersion }) => this.streams.reaches(stream, expectedVersion)));
    for (const [index, append] of group.entries()) if (!reached[index]) await this.#refuse(append);
    return group.filter((_, index) => reached[index]);
  }

  #settle(append: Waiting | undefined, document: AppendDocument): void {
    this.end.see(document);
    this.streams.see(document);
    append?.resolve(document);
  }

  async #refuse({ stream, expectedVersion, reject }: Waiting): Promise<void> {
    const { length } = await this.streams.read(stream);
    reject(new VersionConflict(stream, expectedVersion, length));
  }
}

const sizeOf = (documents: readonly AppendDocument[]): number => documents.reduce((size, { versions }) => size + versions.length, 0);

/** Or a document that is neither at the position nor in the stream keeps the append out, which no version of ours can write. */
const alwaysSomebodyElse = (): DeskhandError =>
  new DeskhandError('STORE_UNAVAILABLE', 'The append met another one at every try.', { retryAfter: 1 });
