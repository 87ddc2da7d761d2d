/** The card while a desktop starts: which stage it is at, how long it usually takes, and a way out at any moment. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Card } from '../app/card.js';
import { Button } from '../controls/button.js';
import { sayDuration } from '../i18n/say.js';
import { expectedStart, share } from './estimate.js';
import { EventLines } from './event-lines.js';
import styles from './progress.module.css';
import { StageRows } from './stage-rows.js';
import { STAGES, type StageList } from './stages.js';

interface ProgressCardProps {
  readonly list: StageList;
  readonly began: number;
  readonly resumed: boolean;
  readonly reachable: boolean;
  readonly over: boolean;
  readonly onCancel: () => void;
}

const TICK_MS = 200;

export function ProgressCard({ list, began, resumed, reachable, over, onCancel }: ProgressCardProps) {
  const { t, i18n } = useTranslation();
  const [now, setNow] = useState(Date.now);
  const [expected] = useState(expectedStart);
  const [cancelling, setCancelling] = useState(false);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);

  const stage = STAGES[list.position];
  const part = list.position === STAGES.length ? 1 : expected ? share(now - began, expected) : list.position / STAGES.length;
  const lead = resumed
    ? undefined
    : expected
      ? t('progress.estimate', { time: sayDuration(expected, i18n.language) })
      : t('progress.elapsed', { time: sayDuration(now - began, i18n.language) });

  return (
    <Card
      over={over}
      announce
      title={resumed ? t('progress.resuming') : t('progress.title')}
      lead={lead}
      actions={
        <Button
          disabled={cancelling}
          onClick={() => {
            setCancelling(true);
            onCancel();
          }}
        >
          {cancelling ? t('progress.cancelling') : t('common.cancel')}
        </Button>
      }
    >
      <div className={styles.bar} aria-hidden="true">
        <span style={{ transform: `scaleX(${part.toFixed(3)})` }} />
      </div>
      <StageRows list={list} now={Math.max(now, list.since)} />
      <p className="visually-hidden" aria-live="polite">
        {stage ? t(`progress.doing.${stage}`) : t('progress.done.display')}
      </p>
      {!reachable && (
        <p className={styles.away} role="status">
          {t('progress.reconnecting')}
        </p>
      )}
      <EventLines lines={list.lines} />
    </Card>
  );
}
