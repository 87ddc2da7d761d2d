/** Tells the gateway, as the log tells it, which sessions and runs have ended: their tokens are refused and their sockets closed at once. */
import type { DenyList } from '#apps/gateway';
import { type DesktopEvent, desktopOfStream } from '#libs/desktops';
import type { RecordedEvent } from '#libs/event-sourcing';
import { sessionOfStream } from '#libs/identity';

const ENDS_DESKTOP: ReadonlySet<string> = new Set<DesktopEvent['type']>(['DesktopStopRequested', 'DesktopFailed', 'DesktopStopped']);

export function denyWhatEnded(denyList: DenyList, { stream, type, data, recordedAt }: RecordedEvent): void {
  const at = Date.parse(recordedAt);
  const desktop = desktopOfStream(stream);
  if (desktop !== undefined && ENDS_DESKTOP.has(type)) denyList.deny({ desktop, run: (data as DesktopEvent['data']).run }, at);
  const session = sessionOfStream(stream);
  if (session !== undefined && type === 'SessionEnded') denyList.deny({ session }, at);
}
