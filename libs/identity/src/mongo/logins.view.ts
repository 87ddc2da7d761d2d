/** Who logged in or failed to, when and from where: a row for each login, kept as long as its event is. */
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { Change, RecordedEvent, ViewDefinition } from '#libs/event-sourcing';
import type { Login } from '../login-history.js';
import { type EndReason, type SessionEvent, sessionOfStream } from '../session.events.js';
import { userKey } from '../user-key.js';

@Schema({ strict: 'throw', versionKey: false })
export class LoginRow {
  /** Id of the session, also of one that never was. */
  @Prop({ type: String, required: true })
  readonly _id!: string;
  @Prop({ type: Number, required: true })
  readonly position!: number;
  @Prop({ type: String, required: true })
  readonly user!: string;
  /** Position of the login itself: what pages go by. */
  @Prop({ type: Number, required: true })
  readonly loginPosition!: number;
  @Prop({ type: String, required: true })
  readonly at!: string;
  @Prop({ type: String, required: true })
  readonly provider!: string;
  @Prop({ type: String, required: true })
  readonly address!: string;
  @Prop({ type: String })
  readonly userAgent!: string;
  @Prop({ type: String })
  readonly code?: string;
  @Prop({ type: String })
  readonly endedAt?: string;
  @Prop({ type: String })
  readonly endReason?: EndReason;
}

export const loginsView: ViewDefinition<LoginRow> = { name: 'logins', schema: SchemaFactory.createForClass(LoginRow), changesOf };

function changesOf(event: RecordedEvent): readonly Change<LoginRow>[] {
  const _id = sessionOfStream(event.stream);
  if (_id === undefined) return [];
  const { type, data } = event as RecordedEvent & SessionEvent;
  const { position } = event;
  switch (type) {
    case 'SessionStarted': {
      const { identity, startedAt: at, address, userAgent } = data;
      return [
        { make: { _id, position, loginPosition: position, user: userKey(identity), at, provider: identity.provider, address, userAgent } },
      ];
    }
    case 'LoginRefused': {
      const { provider, subject, address, userAgent, code, at } = data;
      if (subject === undefined) return [];
      return [
        { make: { _id, position, loginPosition: position, user: userKey({ provider, subject }), at, provider, address, userAgent, code } },
      ];
    }
    case 'SessionEnded':
      return [{ change: { _id, position, endedAt: data.at, endReason: data.reason } }];
    default:
      return [];
  }
}

export function toLogin({ _id, user: _, position: __, loginPosition, ...login }: LoginRow): Login {
  return { ...login, session: _id, position: loginPosition };
}
