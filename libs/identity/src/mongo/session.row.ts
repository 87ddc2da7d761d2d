/** What rows about a session have in common, and how its end shows in them. */
import { Prop } from '@nestjs/mongoose';
import type { Change, RecordedEvent } from '#libs/event-sourcing';
import { type EndReason, type SessionEvent, sessionEventOf, sessionOfStream } from '../session.events.js';

export abstract class SessionFacts {
  /** Id of the session, also of one that never was. */
  @Prop({ type: String, required: true })
  readonly _id!: string;
  @Prop({ type: Number, required: true })
  readonly position!: number;
  @Prop({ type: String, required: true })
  readonly user!: string;
  @Prop({ type: String, required: true })
  readonly address!: string;
  @Prop({ type: String })
  readonly userAgent!: string;
  @Prop({ type: String })
  readonly endedAt?: string;
  @Prop({ type: String })
  readonly endReason?: EndReason;
}

type Key = Pick<SessionFacts, '_id' | 'position'>;

/** @param changesOf what an event other than its end does to the row with the key */
export function changesOfSession<Row extends SessionFacts>(
  event: RecordedEvent,
  changesOf: (event: SessionEvent, key: Key) => readonly Change<Row>[],
): readonly Change<Row>[] {
  const _id = sessionOfStream(event.stream);
  if (_id === undefined) return [];
  const known = sessionEventOf(event);
  const key = { _id, position: event.position };
  if (known.type !== 'SessionEnded') return changesOf(known, key);
  const { at: endedAt, reason: endReason } = known.data;
  return [{ change: { ...key, endedAt, endReason } as Extract<Change<Row>, { change: unknown }>['change'] }];
}
