/** Tells when something that was started failed afterwards, which no answer to a click can say any more. */
import { useEffect, useRef } from 'react';
import type { Launch } from '../api/types.js';
import { newlyFailed } from '../dock/dock-model.js';
import { sayWhat } from '../i18n/say.js';
import type { Applications } from './use-applications.js';

export function useFailedLaunches({ launches, catalogue }: Applications, tell: (name: string, what: string) => void): void {
  const before = useRef<readonly Launch[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: one look at each new list.
  useEffect(() => {
    for (const { application, cause = 'APPLICATION_FAILED', detail = '' } of newlyFailed(before.current, launches)) {
      const name = catalogue.data?.find((each) => each.name === application)?.displayName ?? application;
      tell(name, detail || sayWhat({ code: cause, detail }));
    }
    before.current = launches;
  }, [launches]);
}
