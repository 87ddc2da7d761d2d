/** Short words about what did not work; they go by themselves. */
import { useCallback, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../controls/button.js';
import { Cross } from '../controls/icons.js';
import styles from './desktop.module.css';

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

export type Notify = (text: string, action?: Notice['action']) => void;

const STAYS_MS = 8_000;
const MOST = 3;

export function useNotices() {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const count = useRef(0);
  const dismiss = useCallback((id: number) => setNotices((all) => all.filter((notice) => notice.id !== id)), []);
  const notify = useCallback<Notify>(
    (text, action) => {
      const id = ++count.current;
      setNotices((all) => [...all.filter((notice) => notice.text !== text), { id, text, ...(action ? { action } : {}) }].slice(-MOST));
      setTimeout(() => dismiss(id), STAYS_MS);
    },
    [dismiss],
  );
  return { notices, notify, dismiss };
}

export function Notices({ notices, dismiss }: { notices: readonly Notice[]; dismiss: (id: number) => void }) {
  const { t } = useTranslation();
  return (
    <div className={styles.notices} aria-live="polite">
      {notices.map(({ id, text, action }) => (
        <div key={id} className={styles.notice}>
          <span>{text}</span>
          {action && (
            <Button
              look="quiet"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <IconButton label={t('dock.dismiss')} onClick={() => dismiss(id)}>
            <Cross size={14} />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
