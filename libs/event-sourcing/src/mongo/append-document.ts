/** How MongoDB keeps one append: one document, so that it is there wholly or not at all on a server without transactions too. */
import type { mongo } from 'mongoose';
import type { RecordedEvent } from '../event-store.js';
import type { StoredEvent, UnplacedEvent } from '../stored-event.js';

export interface AppendDocument {
  /** Position of its first event. The next document's is this and the number of events here: none is ever left out. */
  readonly _id: number;
  /** Tells the writer, after an answer was lost, that this is what it wrote. */
  readonly writer: string;
  readonly stream: string;
  /** One for each event. The unique index on stream and versions is the version check. */
  readonly versions: readonly number[];
  readonly recordedAt: Date;
  /** JSON. */
  readonly metadata: string;
  /** With data as JSON, for whatever JavaScript can say comes back as it was. */
  readonly events: readonly { readonly type: string; readonly data: string }[];
}

export type AppendCollection = mongo.Collection<AppendDocument>;

export const appendsOf = (database: mongo.Db): AppendCollection => database.collection<AppendDocument>('events');

export const lastPositionOf = ({ _id, versions }: Pick<AppendDocument, '_id' | 'versions'>): number => _id + versions.length - 1;

/** What is to be appended, before it has its position. */
export interface PendingAppend {
  readonly writer: string;
  readonly stream: string;
  readonly expectedVersion: number;
  readonly events: readonly UnplacedEvent[];
  readonly metadata: string;
}

export function toDocument({ writer, stream, expectedVersion, events, metadata }: PendingAppend, position: number): AppendDocument {
  return {
    _id: position,
    ...{ writer, stream, metadata },
    versions: events.map((_, index) => expectedVersion + index + 1),
    recordedAt: new Date(),
    events: events.map(({ type, data }) => ({ type, data })),
  };
}

/** For an event that is put back. */
export function toRestored({ stream, version, type, data, metadata, recordedAt }: RecordedEvent, position: number): AppendDocument {
  return {
    ...{ _id: position, writer: 'restore', stream, versions: [version], recordedAt: new Date(recordedAt) },
    metadata: JSON.stringify(metadata),
    events: [{ type, data: JSON.stringify(data) }],
  };
}

export function toStored({ _id, stream, versions, recordedAt, metadata, events }: AppendDocument): readonly StoredEvent[] {
  const at = recordedAt.toISOString();
  return events.map(({ type, data }, index) => {
    return { position: _id + index, stream, version: versions[index] ?? Number.NaN, type, data, metadata, recordedAt: at };
  });
}

/** The next numbers after one, for look-ups by number: as none is left out, they cost the same however long the log is. */
export const numbersAfter = (number: number, count: number): number[] => Array.from({ length: count }, (_, index) => number + index + 1);

/** Of documents that were found, those that follow on a position and on each other. */
export function rowAfter<Found extends Pick<AppendDocument, '_id' | 'versions'>>(
  position: number,
  found: readonly Found[],
): readonly Found[] {
  const row: Found[] = [];
  let end = position;
  for (const document of found.toSorted((a, b) => a._id - b._id)) {
    if (document._id !== end + 1) break;
    row.push(document);
    end = lastPositionOf(document);
  }
  return row;
}
