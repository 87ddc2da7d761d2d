/** The card when there is no desktop: the start failed or was cancelled, or a running desktop has ended. Says why and offers another. */
import { useTranslation } from 'react-i18next';
import { Card } from '../app/card.js';
import { Button } from '../controls/button.js';
import { Failure } from '../controls/failure.js';
import { EventLines } from './event-lines.js';
import styles from './progress.module.css';
import { StageRows } from './stage-rows.js';
import type { Failure as FailureData, StageList } from './stages.js';

export interface Over {
  /** `kept`: nobody looks at it, it goes on. */
  readonly kind: 'failed' | 'cancelled' | 'gone' | 'kept';
  readonly failure?: FailureData | undefined;
  /** With `failed`: how far it came. */
  readonly list?: StageList | undefined;
}

interface OverCardProps {
  readonly over: Over;
  readonly onAgain: () => void;
  readonly onLogOff: () => void;
}

export function OverCard({ over: { kind, failure, list }, onAgain, onLogOff }: OverCardProps) {
  const { t } = useTranslation();
  const lead = {
    kept: t('desktop.disconnected.text'),
    cancelled: failure ? undefined : t('progress.cancelledText'),
    failed: undefined,
    gone: failure ? undefined : t('progress.goneText'),
  };
  const again = {
    kept: t('desktop.disconnected.again'),
    cancelled: t('progress.startAgain'),
    failed: t('common.tryAgain'),
    gone: t('progress.startAgain'),
  };
  return (
    <Card
      announce
      title={kind === 'kept' ? t('desktop.disconnected.title') : t(`progress.${kind}`)}
      lead={lead[kind]}
      actions={
        <>
          <Button look="primary" onClick={onAgain}>
            {again[kind]}
          </Button>
          <Button look="quiet" onClick={onLogOff}>
            {t('menu.logOff')}
          </Button>
        </>
      }
    >
      {failure && (
        <div className={styles.failure}>
          <Failure failure={failure} full />
        </div>
      )}
      {list && <StageRows list={list} now={list.since} />}
      {list && <EventLines lines={list.lines} />}
    </Card>
  );
}
