/** The ways of logging in that this installation has. One request: not worth the query library, which comes with the desktop. */
import { useCallback, useEffect, useState } from 'react';
import { listProviders } from '../api/calls.js';
import { asProblem, type Problem } from '../api/problem.js';
import type { Provider } from '../api/types.js';

export interface Providers {
  readonly items?: readonly Provider[];
  readonly problem?: Problem;
}

export function useProviders() {
  const [providers, setProviders] = useState<Providers>({});
  const read = useCallback(async () => {
    const answer = await listProviders().then(
      (items): Providers => ({ items }),
      (thrown): Providers => ({ problem: asProblem(thrown) }),
    );
    setProviders(answer);
  }, []);
  useEffect(() => void read(), [read]);
  return { ...providers, read };
}
