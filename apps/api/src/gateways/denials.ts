/** What an event of the log means to gateways: the tokens of an ended session, and of a run that ends, are worth nothing any more. Pure but for reading. */
import { type DesktopEvent, desktopEventOf, desktopOfStream } from '#libs/desktops';
import type { EventStore, RecordedEvent } from '#libs/event-sourcing';
import { sessionOfStream } from '#libs/identity';
import { DENIAL_LIFE_MS, type Denied } from '#libs/tokens';

const ENDS_DESKTOP: ReadonlySet<string> = new Set<DesktopEvent['type']>(['DesktopStopRequested', 'DesktopFailed', 'DesktopStopped']);
/** How far a look back goes in one step, and how far at most. */
const STEP = 1_000;
const MAX_EVENTS = 200_000;

export function denialOf(event: RecordedEvent): Denied | undefined {
  const { stream, type } = event;
  const desktop = desktopOfStream(stream);
  if (desktop !== undefined) return ENDS_DESKTOP.has(type) ? { desktop, run: desktopEventOf(event).data.run } : undefined;
  const session = sessionOfStream(stream);
  return session !== undefined && type === 'SessionEnded' ? { session } : undefined;
}

/** The position from which on denials may still count: no token is left of what ended before. */
export async function startOfDenials(store: Pick<EventStore, 'head' | 'readAll'>, nowMs = Date.now()): Promise<number> {
  const head = await store.head();
  for (let position = head; position > 0 && head - position < MAX_EVENTS; ) {
    position = Math.max(0, position - STEP);
    const [first] = await store.readAll(position, 1);
    if (!first || position === 0 || Date.parse(first.recordedAt) < nowMs - DENIAL_LIFE_MS) return position;
  }
  return Math.max(0, head - MAX_EVENTS);
}
