/** Says in lines for people what the events of a desktop mean while somebody waits for it. Pure. */

import { assertNever } from '#libs/common';
import type { RecordedEvent } from '#libs/event-sourcing';
import { desktopTopic, type ProgressLine } from '#libs/progress';
import { type DesktopEvent, desktopEventOf, desktopOfStream } from './desktop.events.js';

export interface TopicLine {
  readonly topic: string;
  readonly line: ProgressLine;
}

type Words = Pick<ProgressLine, 'phase' | 'message' | 'code'>;

/** The lines that an event is worth; none for what happens after the start. */
export function progressOf(recorded: RecordedEvent): readonly TopicLine[] {
  const desktop = desktopOfStream(recorded.stream);
  if (desktop === undefined) return [];
  const event = desktopEventOf(recorded);
  const topic = desktopTopic(desktop, event.data.run);
  return wordsOf(event).map((words, index) => ({ topic, line: { id: lineId(recorded.position, index), at: event.data.at, ...words } }));
}

/** Sorts as text in the order of the events. */
const lineId = (position: number, index: number): string => `${String(position).padStart(16, '0')}-${index}`;

function wordsOf(event: DesktopEvent): readonly Words[] {
  switch (event.type) {
    case 'DesktopRequested':
      return [{ phase: 'requested', message: event.data.run === 1 ? 'Desktop requested' : `Desktop requested (run ${event.data.run})` }];
    case 'DesktopScheduled':
      return [
        { phase: 'scheduled', message: 'A place was found' },
        event.data.preparing
          ? { phase: 'image', message: 'Getting its image and its volumes ready' }
          : { phase: 'starting', message: 'Starting the display and the window manager' },
      ];
    case 'DesktopBecameReady':
      return [
        { phase: 'display', message: 'The display answers' },
        { phase: 'ready', message: 'The desktop is ready' },
      ];
    case 'DesktopFailed':
      return [{ phase: 'failed', message: event.data.cause.detail, code: event.data.cause.code }];
    case 'DesktopStopRequested':
      return [{ phase: 'stopping', message: 'Ending the desktop' }];
    case 'DesktopStopped':
      return [{ phase: 'stopped', message: 'The desktop has ended' }];
    case 'DesktopConnected':
    case 'DesktopDisconnected':
    case 'ApplicationLaunchRequested':
    case 'ApplicationStarted':
    case 'ApplicationStopRequested':
    case 'ApplicationExited':
    case 'ApplicationFailed':
      return [];
    default:
      return assertNever(event);
  }
}
