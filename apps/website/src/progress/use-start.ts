/** A start for the page: its stages, whether the server is there, and how to cancel. */
import { useEffect, useReducer, useRef, useState } from 'react';
import { asProblem } from '../api/problem.js';
import type { Login } from '../login/log-in.js';
import { rememberStart } from './estimate.js';
import { beginStages, type Failure, report } from './stages.js';
import { type Start, startDesktop } from './start.js';

export function useStart(login: Login | undefined, locale: string) {
  const [began] = useState(() => Date.now());
  const [list, dispatch] = useReducer(report, began, (now) => beginStages(now, login));
  const [desktop, setDesktop] = useState<{ id: string; resumed: boolean }>();
  const [reachable, setReachable] = useState(true);
  const start = useRef<Start>(undefined);

  // biome-ignore lint/correctness/useExhaustiveDependencies: one start for each time this is mounted; a language chosen meanwhile does not start another.
  useEffect(() => {
    let resumedAtOnce = false;
    const running = startDesktop(locale, {
      report: (news) => {
        if (news.type === 'ready' && !resumedAtOnce) rememberStart(Date.now() - began);
        dispatch(news);
      },
      known: (id, resumed) => {
        resumedAtOnce = resumed;
        setDesktop({ id, resumed });
      },
      presence: setReachable,
    });
    start.current = running;
    return running.leave;
  }, []);

  /** Resolves to what went wrong, if anything did. */
  const cancel = async (): Promise<Failure | undefined> => {
    try {
      await start.current?.cancel();
      return undefined;
    } catch (thrown) {
      return asProblem(thrown);
    }
  };
  return { list, began, desktop, reachable, cancel };
}
