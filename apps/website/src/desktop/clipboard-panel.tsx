/** The clipboard by hand, for browsers that do not let pages near theirs. */
import { Modal } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../controls/button.js';
import styles from './desktop.module.css';

interface ClipboardPanelProps {
  readonly opened: boolean;
  /** What the desktop copied last. */
  readonly copied: string;
  readonly onGive: (text: string) => void;
  readonly onClose: () => void;
}

export function ClipboardPanel({ opened, copied, onGive, onClose }: ClipboardPanelProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(copied);
  const [done, setDone] = useState('');
  useEffect(() => setText(copied), [copied]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was done is old when the panel opens again.
  useEffect(() => setDone(''), [opened]);

  return (
    <Modal opened={opened} onClose={onClose} title={t('clipboard.title')} closeButtonProps={{ 'aria-label': t('common.close') }} centered>
      <p className={styles.dialogText}>{t('clipboard.text')}</p>
      <textarea
        className={styles.area}
        aria-label={t('clipboard.label')}
        data-autofocus
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setDone('');
        }}
      />
      <p className={styles.sent} role="status">
        {done}
      </p>
      <div className={styles.actions}>
        <Button
          look="primary"
          disabled={text === ''}
          onClick={() => {
            onGive(text);
            setDone(t('clipboard.sent'));
          }}
        >
          {t('clipboard.send')}
        </Button>
        <Button
          disabled={text === '' || !navigator.clipboard}
          onClick={() =>
            void navigator.clipboard.writeText(text).then(
              () => setDone(t('common.copied')),
              () => undefined,
            )
          }
        >
          {t('clipboard.copy')}
        </Button>
      </div>
    </Modal>
  );
}
