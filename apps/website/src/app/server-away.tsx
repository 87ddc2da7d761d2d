/** Nobody answers: says so, counts down, and tries again by itself or at once. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../controls/button.js';
import { Card } from './card.js';

const PAUSE_S = 5;

export function ServerAway({ again }: { again: () => Promise<unknown> }) {
  const { t } = useTranslation();
  const [seconds, setSeconds] = useState(PAUSE_S);
  const [trying, setTrying] = useState(false);

  const attempt = async () => {
    setTrying(true);
    await again();
    setTrying(false);
    setSeconds(PAUSE_S);
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: one tick a second, whatever `attempt` is then.
  useEffect(() => {
    if (trying) return;
    const timer = setTimeout(() => (seconds > 1 ? setSeconds(seconds - 1) : void attempt()), 1000);
    return () => clearTimeout(timer);
  }, [seconds, trying]);

  return (
    <Card
      title={t('server.title')}
      lead={t('server.text')}
      actions={
        <Button look="primary" disabled={trying} onClick={() => void attempt()}>
          {t('common.tryAgain')}
        </Button>
      }
    >
      <p role="timer" aria-live="off">
        {trying ? t('server.retrying') : t('server.retryIn', { seconds })}
      </p>
    </Card>
  );
}
