/** One start of a desktop as a process that can be watched and cancelled at any moment: ask, follow, done. */
import { requestDesktop, stopDesktop } from '../api/calls.js';
import { asProblem, type Problem } from '../api/problem.js';
import type { Desktop } from '../api/types.js';
import { followDesktop } from './follow-desktop.js';
import type { Report } from './stages.js';

export interface StartListener {
  report(report: Report): void;
  /** The desktop's id is known; `resumed` when it had been running already. */
  known(id: string, resumed: boolean): void;
  /** Whether the server answers just now. */
  presence(reachable: boolean): void;
}

export interface Start {
  /** Ends what was started. Throws `Problem` when the server could not be told. */
  cancel(): Promise<void>;
  /** Stops watching; the desktop goes on. */
  leave(): void;
}

const RETRY_MS = 1_500;
/** A restart of the server, not an answer about the desktop. */
const isAway = (problem: Problem): boolean => problem.code === 'UNREACHABLE' || problem.code === 'NOT_READY';
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const wish = (locale: string) => ({
  width: Math.max(320, innerWidth),
  height: Math.max(240, innerHeight),
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  locale,
});

/** Safe to repeat: the same user asking again gets the same desktop. */
async function ask(locale: string, listener: StartListener, left: () => boolean): Promise<Desktop | undefined> {
  while (!left()) {
    try {
      return await requestDesktop(wish(locale));
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (!isAway(problem)) throw problem;
      listener.presence(false);
      await pause(RETRY_MS);
    }
  }
  return undefined;
}

export function startDesktop(locale: string, listener: StartListener): Start {
  let left = false;
  let unfollow = (): void => undefined;

  const asked = ask(locale, listener, () => left);
  void asked.then(
    (desktop) => {
      if (left || !desktop) return;
      const resumed = desktop.status === 'ready';
      listener.presence(true);
      listener.known(desktop.id, resumed);
      listener.report({ type: 'accepted', now: Date.now() });
      if (resumed) listener.report({ type: 'ready', now: Date.now() });
      else unfollow = followDesktop(desktop.id, listener.report, listener.presence);
    },
    (thrown) => {
      if (!left) listener.report({ type: 'failed', failure: asProblem(thrown), now: Date.now() });
    },
  );

  const leave = () => {
    left = true;
    unfollow();
  };
  return {
    leave,
    async cancel() {
      leave();
      const desktop = await asked.catch(() => undefined);
      if (desktop) await stopDesktop(desktop.id);
    },
  };
}
