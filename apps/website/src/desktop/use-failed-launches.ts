/** Tells when something that was started failed afterwards, which no answer to a click can say any more. */
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Launch } from '../api/types.js';
import { newlyFailed } from '../dock/dock-model.js';
import { sayWhat } from '../i18n/say.js';
import type { Applications } from './use-applications.js';

export function useFailedLaunches({ launches, windows, catalogue }: Applications, tell: (name: string, what: string) => void): void {
  const { t } = useTranslation();
  const before = useRef<readonly Launch[]>([]);
  const shown = useRef(new Set<string>());
  useEffect(() => {
    for (const { application } of windows) if (application) shown.current.add(application);
  }, [windows]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: one look at each new list.
  useEffect(() => {
    for (const { application, status, exitCode = 0, cause = 'APPLICATION_FAILED', detail = '' } of newlyFailed(
      before.current,
      launches,
      shown.current,
    )) {
      const name = catalogue.data?.find((each) => each.name === application)?.displayName ?? application;
      tell(name, status === 'exited' ? t('dock.endedAtOnce', { code: exitCode }) : detail || sayWhat({ code: cause, detail }));
    }
    before.current = launches;
    const isKnown = (id: string) => launches.some((launch) => launch.id === id) || windows.some((window) => window.application === id);
    for (const id of shown.current) if (!isKnown(id)) shown.current.delete(id);
  }, [launches]);
}
