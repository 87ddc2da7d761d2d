/** Sessions of all users, those that live and those that ended: for operators. Whether one lives is asked of its stream, never of this. */
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { Change, RecordedEvent, ViewDefinition } from '#libs/event-sourcing';
import { userKey } from '../user-key.js';
import { changesOfSession, SessionFacts } from './session.row.js';

@Schema({ strict: 'throw', versionKey: false })
export class SessionRow extends SessionFacts {
  @Prop({ type: String, required: true })
  readonly name!: string;
  @Prop({ type: [String], required: true })
  readonly roles!: readonly string[];
  @Prop({ type: String, required: true })
  readonly startedAt!: string;
  @Prop({ type: String, required: true })
  readonly renewedAt!: string;
  @Prop({ type: String, required: true })
  readonly expiresAt!: string;
}

export const sessionsView: ViewDefinition<SessionRow> = { name: 'sessions', schema: SchemaFactory.createForClass(SessionRow), changesOf };

function changesOf(event: RecordedEvent): readonly Change<SessionRow>[] {
  return changesOfSession<SessionRow>(event, ({ type, data }, key) => {
    switch (type) {
      case 'SessionStarted': {
        const { identity, name, roles, address, userAgent, startedAt, expiresAt } = data;
        const row = { user: userKey(identity), name, roles, address, userAgent, startedAt, renewedAt: startedAt, expiresAt };
        return [{ make: { ...key, ...row } }];
      }
      case 'SessionRenewed':
        return [{ change: { ...key, renewedAt: data.at } }];
      default:
        return [];
    }
  });
}
