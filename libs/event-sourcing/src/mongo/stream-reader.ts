/** Reads streams. What was read once is kept as far as there is room, for it never changes: after the first time only what is new is fetched. */
import { LRUCache } from 'lru-cache';
import type { StoredEvent } from '../stored-event.js';
import { type AppendCollection, type AppendDocument, numbersAfter, toStored } from './append-document.js';
import { answerOf } from './mongo-errors.js';

/** Characters of data, and about as many bytes. */
const KEPT_SIZE = 32 * 1024 * 1024;
const LONGEST_KEPT = 8 * 1024 * 1024;
/** What an event takes beside its data. */
const OVERHEAD = 200;
const NEW_AT_ONCE = 32;

type Stream = readonly StoredEvent[];

export class StreamReader {
  /** Goes up whenever what was read before may not be what is stored: what is still being read then is not kept. */
  #epoch = 0;
  readonly #kept = new LRUCache<string, Stream>({
    maxSize: KEPT_SIZE,
    maxEntrySize: LONGEST_KEPT,
    sizeCalculation: (events) => events.reduce((size, { data }) => size + data.length + OVERHEAD, OVERHEAD),
  });

  constructor(private readonly appends: AppendCollection) {}

  /** All events of a stream in order. */
  async read(stream: string): Promise<Stream> {
    const epoch = this.#epoch;
    const kept = this.#kept.get(stream) ?? [];
    const events = kept.length === 0 ? await this.#all(stream) : await this.#since(stream, kept);
    if (events.length > kept.length && epoch === this.#epoch) this.#keep(stream, events);
    return events;
  }

  /** Whether the stream has come to a version; from memory where that is certain. */
  async reaches(stream: string, version: number): Promise<boolean> {
    if (version === 0 || (this.#kept.get(stream)?.length ?? 0) >= version) return true;
    return (await this.documentOf(stream, version)) !== undefined;
  }

  /** The append that holds a version of a stream. */
  async documentOf(stream: string, version: number): Promise<AppendDocument | undefined> {
    return (await answerOf(this.appends.findOne({ stream, versions: version }))) ?? undefined;
  }

  /** Takes in what was stored, if it follows on what is kept. */
  see(document: AppendDocument): void {
    const kept = this.#kept.get(document.stream) ?? [];
    if (document.versions[0] === kept.length + 1) this.#keep(document.stream, [...kept, ...toStored(document)]);
  }

  /** After a server may have come back without what it had not yet written to its disk. */
  forget(): void {
    this.#epoch++;
    this.#kept.clear();
  }

  #keep(stream: string, events: Stream): void {
    if (events.length > (this.#kept.get(stream)?.length ?? 0)) this.#kept.set(stream, events);
  }

  async #all(stream: string): Promise<Stream> {
    const documents = await answerOf(this.appends.find({ stream }, { batchSize: 10_000 }).toArray());
    return rowAfter(0, documents);
  }

  async #since(stream: string, kept: Stream): Promise<Stream> {
    let events = kept;
    for (;;) {
      const versions = { $in: numbersAfter(events.length, NEW_AT_ONCE) };
      const documents = await answerOf(this.appends.find({ stream, versions }).toArray());
      const found = rowAfter(events.length, documents);
      if (found.length > 0) events = [...events, ...found];
      if (found.length < NEW_AT_ONCE) return events;
    }
  }
}

/**
 * As far as no version is missing: a look-up beside an insert may find the second of two events and not the first. What is cut off here is found by the
 * next look; an append on what is left conflicts.
 */
function rowAfter(version: number, documents: readonly AppendDocument[]): readonly StoredEvent[] {
  // Sorted here: the server would have to hold them all for that, and refuses what is too much for it.
  const events = documents.toSorted((a, b) => a._id - b._id).flatMap(toStored);
  const gap = events.findIndex((event, index) => event.version !== version + index + 1);
  return gap === -1 ? events : events.slice(0, gap);
}
