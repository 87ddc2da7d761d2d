/** Follows a start: the event stream as long as it holds, the desktop itself when it does not, so that a restart of the server in the middle costs nothing. */
import { desktopProgressPath, readDesktop } from '../api/calls.js';
import { asProblem, isPassing } from '../api/problem.js';
import type { Desktop, ProgressLine } from '../api/types.js';
import type { Failure, Report } from './stages.js';

/** While the stream is open, a slow look beside it; without it a quick one. Milliseconds. */
const LOOK_BESIDE = 5_000;
const LOOK_ALONE = 1_500;

type Listener = (report: Report) => void;
type Presence = (reachable: boolean) => void;

/** Why a desktop is over, for whoever still waited for it. */
export const failureOf = ({ cause = 'DESKTOP_LOST', detail = '', remedy }: Desktop): Failure => ({ code: cause, detail, remedy });

const parse = (event: Event): Record<string, unknown> => {
  try {
    return JSON.parse((event as MessageEvent<string>).data) as Record<string, unknown>;
  } catch {
    return {};
  }
};
const text = (value: unknown, otherwise = ''): string => (typeof value === 'string' ? value : otherwise);

/** A stream's `progress` event as a line. */
export const lineOf = (event: Event): ProgressLine => {
  const { at, phase, message } = parse(event);
  const id = (event as MessageEvent).lastEventId;
  return { id: id || `${text(at)} ${text(phase)} ${text(message)}`, at: text(at), phase: text(phase), message: text(message) };
};

/** Reports until the start is over or it is told to stop. */
export function followDesktop(id: string, listener: Listener, presence: Presence): () => void {
  let stopped = false;
  let stream: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const stop = () => {
    stopped = true;
    stream?.close();
    clearTimeout(timer);
  };
  const finish = (report: Report) => {
    if (stopped) return;
    stop();
    listener(report);
  };

  const open = () => {
    stream?.close();
    stream = new EventSource(desktopProgressPath(id));
    stream.addEventListener('open', () => presence(true));
    stream.addEventListener('progress', (event) => listener({ type: 'line', line: lineOf(event), now: Date.now() }));
    stream.addEventListener('ready', (event) => finish({ type: 'ready', at: text(parse(event).at), now: Date.now() }));
    stream.addEventListener('failed', (event) => {
      const { code, detail, remedy } = parse(event);
      const failure = { code: text(code, 'DESKTOP_LOST'), detail: text(detail), remedy: text(remedy) || undefined };
      finish({ type: 'failed', failure, now: Date.now() });
    });
  };

  const look = async () => {
    try {
      const desktop = await readDesktop(id);
      if (stopped) return;
      presence(true);
      if (desktop.status === 'ready') return finish({ type: 'ready', now: Date.now() });
      if (desktop.status === 'failed' || desktop.status === 'stopped')
        return finish({ type: 'failed', failure: failureOf(desktop), now: Date.now() });
      // A browser gives up on a stream that was answered with an error; it then stays closed until somebody opens it again.
      if (stream?.readyState === EventSource.CLOSED) open();
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (stopped) return;
      if (!isPassing(problem)) return finish({ type: 'failed', failure: problem, now: Date.now() });
      presence(false);
    }
    plan();
  };
  const plan = () => {
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(() => void look(), stream?.readyState === EventSource.OPEN ? LOOK_BESIDE : LOOK_ALONE);
  };

  open();
  plan();
  return stop;
}
