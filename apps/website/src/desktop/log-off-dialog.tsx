/** Asks before the desktop and everything on it is ended. */
import { Modal } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../api/problem.js';
import { Button } from '../controls/button.js';
import { Failure } from '../controls/failure.js';
import styles from './desktop.module.css';

interface LogOffDialogProps {
  readonly opened: boolean;
  readonly onLogOff: () => Promise<Problem | undefined>;
  readonly onClose: () => void;
}

export function LogOffDialog({ opened, onLogOff, onClose }: LogOffDialogProps) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    if (opened) setProblem(undefined);
  }, [opened]);
  const confirm = async () => {
    setBusy(true);
    setProblem(await onLogOff());
    setBusy(false);
  };
  return (
    <Modal opened={opened} onClose={onClose} title={t('logOff.title')} closeButtonProps={{ 'aria-label': t('common.close') }} centered>
      <p className={styles.dialogText}>{t('logOff.text')}</p>
      {problem && (
        <div className={styles.dialogFailure}>
          <Failure failure={problem} />
        </div>
      )}
      <div className={styles.actions}>
        <Button look="danger" disabled={busy} onClick={() => void confirm()}>
          {t('logOff.confirm')}
        </Button>
        <Button data-autofocus onClick={onClose}>
          {t('logOff.stay')}
        </Button>
      </div>
    </Modal>
  );
}
