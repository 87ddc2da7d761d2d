/** The form in which adapters keep an event: JSON texts, so that nothing a caller does to its objects later reaches the store. */
import { DeskhandError } from '#libs/common';
import type { DomainEvent } from './decider.js';
import type { EventMetadata, RecordedEvent } from './event-store.js';

/** More than this in one event is a mistake of the caller: state belongs elsewhere. */
const LARGEST_DATA = 1024 * 1024;

export interface StoredEvent {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
  readonly recordedAt: string;
}

/** What of a stored event is known before it has its place. */
export type UnplacedEvent = Pick<StoredEvent, 'type' | 'data' | 'metadata'>;

/** @throws RangeError for an event of more than 1 MiB */
export function toUnplaced(events: readonly DomainEvent[], metadata: EventMetadata): readonly UnplacedEvent[] {
  const metadataText = JSON.stringify(metadata);
  return events.map(({ type, data }) => {
    const text = JSON.stringify(data);
    if (text.length > LARGEST_DATA) throw new RangeError(`an event of type ${type} has ${text.length} characters of data`);
    return { type, data: text, metadata: metadataText };
  });
}

/** For an event that is put back. */
export const toStored = ({ data, metadata, ...event }: RecordedEvent, position: number): StoredEvent => ({
  ...event,
  position,
  data: JSON.stringify(data),
  metadata: JSON.stringify(metadata),
});

export function storeNotEmpty(head: number): DeskhandError {
  return new DeskhandError('STORE_NOT_EMPTY', `The event store already has events, up to position ${head}.`);
}

/** @param finding what shows that somebody works with it, or has, such as `the checkpoint view-logins@1` */
export function storeInUse(finding: string): DeskhandError {
  return new DeskhandError('STORE_NOT_EMPTY', `The event store has no events, but it has ${finding}.`);
}

export function toRecorded(stored: StoredEvent): RecordedEvent {
  try {
    return { ...stored, data: JSON.parse(stored.data), metadata: JSON.parse(stored.metadata) };
  } catch (cause) {
    throw new DeskhandError('STORE_CORRUPT', `The event at position ${stored.position} cannot be read.`, {}, { cause });
  }
}
