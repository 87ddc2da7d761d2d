/** Asks before an application is ended that did not close its windows when it was told to. */
import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Button } from '../controls/button.js';
import styles from '../desktop/desktop.module.css';

interface QuitDialogProps {
  readonly opened: boolean;
  /** What would be ended. */
  readonly name: string;
  readonly onQuit: () => void;
  readonly onClose: () => void;
}

export function QuitDialog({ opened, name, onQuit, onClose }: QuitDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('quit.title', { name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
      centered
    >
      <p className={styles.dialogText}>{t('quit.text')}</p>
      <div className={styles.actions}>
        <Button look="danger" onClick={onQuit}>
          {t('quit.confirm')}
        </Button>
        <Button data-autofocus onClick={onClose}>
          {t('quit.stay')}
        </Button>
      </div>
    </Modal>
  );
}
