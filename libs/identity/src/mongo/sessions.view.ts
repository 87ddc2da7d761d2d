/** Sessions of all users, those that live and those that ended: for operators. Whether one lives is asked of its stream, never of this. */
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { Change, RecordedEvent, ViewDefinition } from '#libs/event-sourcing';
import { type EndReason, type SessionEvent, sessionOfStream } from '../session.events.js';
import { userKey } from '../user-key.js';

@Schema({ strict: 'throw', versionKey: false })
export class SessionRow {
  @Prop({ type: String, required: true })
  readonly _id!: string;
  @Prop({ type: Number, required: true })
  readonly position!: number;
  @Prop({ type: String, required: true })
  readonly user!: string;
  @Prop({ type: String, required: true })
  readonly name!: string;
  @Prop({ type: [String], required: true })
  readonly roles!: readonly string[];
  @Prop({ type: String, required: true })
  readonly address!: string;
  @Prop({ type: String })
  readonly userAgent!: string;
  @Prop({ type: String, required: true })
  readonly startedAt!: string;
  @Prop({ type: String, required: true })
  readonly renewedAt!: string;
  @Prop({ type: String, required: true })
  readonly expiresAt!: string;
  @Prop({ type: String })
  readonly endedAt?: string;
  @Prop({ type: String })
  readonly endReason?: EndReason;
}

export const sessionsView: ViewDefinition<SessionRow> = { name: 'sessions', schema: SchemaFactory.createForClass(SessionRow), changesOf };

function changesOf(event: RecordedEvent): readonly Change<SessionRow>[] {
  const _id = sessionOfStream(event.stream);
  if (_id === undefined) return [];
  const { type, data } = event as RecordedEvent & SessionEvent;
  const { position } = event;
  switch (type) {
    case 'SessionStarted': {
      const { identity, name, roles, address, userAgent, startedAt, expiresAt } = data;
      return [
        { make: { _id, position, user: userKey(identity), name, roles, address, userAgent, startedAt, renewedAt: startedAt, expiresAt } },
      ];
    }
    case 'SessionRenewed':
      return [{ change: { _id, position, renewedAt: data.at } }];
    case 'SessionEnded':
      return [{ change: { _id, position, endedAt: data.at, endReason: data.reason } }];
    default:
      return [];
  }
}
