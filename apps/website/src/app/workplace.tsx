/** Where somebody who is logged in works: the card with the stages, and beneath it the desktop as soon as there is one. */
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../api/problem.js';
import type { User } from '../api/types.js';
import type { Login } from '../login/log-in.js';
import type { Over } from '../progress/over-card.js';
import { ProgressCard } from '../progress/progress-card.js';
import { useStart } from '../progress/use-start.js';
import { isServerThere, loadDesktop, patiently } from './load-desktop.js';

const DesktopPage = lazy(() => patiently(loadDesktop, isServerThere));

interface WorkplaceProps {
  readonly user: User;
  readonly login: Login | undefined;
  readonly onOver: (over: Over) => void;
  readonly onLogOff: () => Promise<Problem | undefined>;
}

export function Workplace({ user, login, onOver, onLogOff }: WorkplaceProps) {
  const { i18n } = useTranslation();
  const { list, began, desktop, reachable, cancel } = useStart(login, i18n.language === 'fr' ? 'fr-FR' : navigator.language);
  const [shown, setShown] = useState(false);
  const [trouble, setTrouble] = useState(false);
  const outcome = list.outcome;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the outcome comes once.
  useEffect(() => {
    if (outcome?.kind === 'failed') onOver({ kind: 'failed', failure: outcome.failure, list });
  }, [outcome]);

  const onCancel = async () => {
    // What had been running before is not ours to end.
    if (desktop?.resumed) return onOver({ kind: 'kept' });
    onOver({ kind: 'cancelled', failure: await cancel() });
  };

  return (
    <>
      {outcome?.kind === 'ready' && desktop && (
        <Suspense fallback={null}>
          <DesktopPage
            id={desktop.id}
            user={user}
            onShown={() => setShown(true)}
            onTrouble={setTrouble}
            onGone={(failure) => onOver({ kind: 'gone', failure })}
            onLogOff={onLogOff}
          />
        </Suspense>
      )}
      {!shown && (
        <ProgressCard
          list={list}
          began={began}
          resumed={desktop?.resumed ?? false}
          reachable={reachable && !trouble}
          over={outcome?.kind === 'ready'}
          onCancel={() => void onCancel()}
        />
      )}
    </>
  );
}
