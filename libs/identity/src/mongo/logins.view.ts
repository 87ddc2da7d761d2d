/** Who logged in or failed to, when and from where: a row for each login, kept as long as its event is. */
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { UserIdentity } from '#libs/common';
import type { Change, RecordedEvent, ViewDefinition } from '#libs/event-sourcing';
import type { Login } from '../login-history.js';
import { userKey } from '../user-key.js';
import { changesOfSession, SessionFacts } from './session.row.js';

@Schema({ strict: 'throw', versionKey: false })
export class LoginRow extends SessionFacts {
  /** Position of the login itself: what pages go by. */
  @Prop({ type: Number, required: true })
  readonly loginPosition!: number;
  @Prop({ type: String, required: true })
  readonly at!: string;
  @Prop({ type: String, required: true })
  readonly provider!: string;
  @Prop({ type: String })
  readonly code?: string;
  @Prop({ type: Number })
  readonly times?: number;
}

export const loginsView: ViewDefinition<LoginRow> = { name: 'logins', schema: SchemaFactory.createForClass(LoginRow), changesOf };

function changesOf(event: RecordedEvent): readonly Change<LoginRow>[] {
  return changesOfSession<LoginRow>(event, ({ type, data }, key) => {
    const rowOf = (user: UserIdentity) => ({ ...key, loginPosition: key.position, user: userKey(user), provider: user.provider });
    switch (type) {
      case 'SessionStarted': {
        const { identity, startedAt: at, address, userAgent } = data;
        return [{ make: { ...rowOf(identity), at, address, userAgent } }];
      }
      case 'LoginRefused': {
        const { provider, subject, address, userAgent, code, at, times } = data;
        if (subject === undefined) return [];
        const row = { ...rowOf({ provider, subject }), at, address, userAgent, code };
        return [{ make: times === undefined ? row : { ...row, times } }];
      }
      default:
        return [];
    }
  });
}

export function toLogin({ _id, user: _, position: __, loginPosition, ...login }: LoginRow): Login {
  return { ...login, session: _id, position: loginPosition };
}
