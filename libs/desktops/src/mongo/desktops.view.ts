/** All desktops as they last were: for operators. Decisions fold the stream, never this. */
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { assertNever } from '#libs/common';
import type { Change, RecordedEvent, ViewDefinition } from '#libs/event-sourcing';
import { desktopEventOf, desktopOfStream } from '../desktop.events.js';
import type { DesktopStatus } from '../desktop.state.js';

@Schema({ strict: 'throw', versionKey: false })
export class DesktopRow {
  @Prop({ type: String, required: true })
  readonly _id!: string;
  @Prop({ type: Number, required: true })
  readonly position!: number;
  /** Provider and subject. */
  @Prop({ type: String, required: true })
  readonly owner!: string;
  @Prop({ type: String, required: true })
  readonly ownerName!: string;
  @Prop({ type: String, required: true })
  readonly profile!: string;
  @Prop({ type: String, required: true })
  readonly status!: DesktopStatus;
  @Prop({ type: Number, required: true })
  readonly run!: number;
  /** When it came to its status. */
  @Prop({ type: String, required: true })
  readonly since!: string;
  @Prop({ type: Boolean, required: true })
  readonly connected!: boolean;
  /** Code of what it failed with in this run; empty where it did not. */
  @Prop({ type: String })
  readonly cause?: string;
}

export const desktopsView: ViewDefinition<DesktopRow> = { name: 'desktops', schema: SchemaFactory.createForClass(DesktopRow), changesOf };

function changesOf(recorded: RecordedEvent): readonly Change<DesktopRow>[] {
  const _id = desktopOfStream(recorded.stream);
  if (_id === undefined) return [];
  const { position } = recorded;
  const { type, data } = desktopEventOf(recorded);
  const become = (status: DesktopStatus, more: Partial<Pick<DesktopRow, 'connected' | 'cause'>> = {}): readonly Change<DesktopRow>[] => [
    { change: { _id, position, status, since: data.at, ...more } },
  ];
  switch (type) {
    case 'DesktopRequested': {
      const { owner, profile, run, at } = data;
      const row = { ownerName: owner.name, status: 'requested', run, since: at, connected: false, cause: '' } as const;
      const made = { _id, position, owner: `${owner.provider} ${owner.subject}`, profile, ...row };
      // Its first run makes it; each later one begins again.
      return [{ make: made }, { change: { _id, position, ...row } }];
    }
    case 'DesktopScheduled':
      return become('starting');
    case 'DesktopBecameReady':
      return become('ready');
    case 'DesktopConnected':
      return [{ change: { _id, position, connected: true } }];
    case 'DesktopDisconnected':
      return [{ change: { _id, position, connected: false } }];
    case 'DesktopFailed':
      return become('failed', { connected: false, cause: data.cause.code });
    case 'DesktopStopRequested':
      return become('stopping');
    case 'DesktopStopped':
      return become('stopped', { connected: false });
    case 'ApplicationLaunchRequested':
    case 'ApplicationStarted':
    case 'ApplicationStopRequested':
    case 'ApplicationExited':
    case 'ApplicationFailed':
      return [];
    default:
      return assertNever(type);
  }
}
