/** The state of logging in, for the page: idle, busy with a named stage, or failed with a problem. */
import { useRef, useState } from 'react';
import { asProblem, type Problem } from '../api/problem.js';
import type { Provider } from '../api/types.js';
import { remember } from '../app/memory.js';
import { attemptLogin, type Login } from './log-in.js';
import type { Returned } from './returned.js';

export const LAST_PROVIDER = 'provider';

export interface LoginState {
  /** Id of the provider that is being asked, or was asked last. */
  readonly asked?: string;
  readonly busy?: boolean;
  readonly stage?: string;
  readonly problem?: Problem;
}

/** @param returned what went wrong before this page was there */
export function useLogin(onSignedIn: (login: Login) => void, returned?: Returned) {
  const [state, setState] = useState<LoginState>(returned ? { asked: returned.provider, problem: returned.problem } : {});
  const attempt = useRef<AbortController>(undefined);

  const submit = async (provider: Provider, credentials?: { username: string; password: string }): Promise<void> => {
    if (attempt.current) return;
    const controller = new AbortController();
    attempt.current = controller;
    setState({ asked: provider.id, busy: true });
    try {
      const login = await attemptLogin(
        { provider, ...credentials },
        (stage) => setState({ asked: provider.id, busy: true, stage }),
        controller.signal,
      );
      remember(LAST_PROVIDER, provider.id);
      onSignedIn(login);
    } catch (thrown) {
      setState(controller.signal.aborted ? {} : { asked: provider.id, problem: asProblem(thrown) });
    } finally {
      attempt.current = undefined;
    }
  };

  return { state, submit, cancel: () => attempt.current?.abort(), clear: () => setState({}) };
}
