/** How the connection is, in the corner: for whoever looks there, and by itself when something is wrong. */
import { useTranslation } from 'react-i18next';
import type { ConnectionState } from './connection.js';
import styles from './desktop.module.css';
import { SLOW_MS } from './reconnect.js';

export function useStatusText(state: ConnectionState, latency: number | undefined): { text: string; wrong: boolean } {
  const { t, i18n } = useTranslation();
  const slow = state.phase === 'connected' && latency !== undefined && latency > SLOW_MS;
  const word = slow ? t('desktop.status.slow') : t(`desktop.status.${state.phase}`);
  const time = latency === undefined ? '' : ` · ${new Intl.NumberFormat(i18n.language).format(Math.max(1, Math.round(latency)))} ms`;
  return { text: `${word}${time}`, wrong: slow || state.phase === 'reconnecting' };
}

export function StatusPill({ state, latency }: { state: ConnectionState; latency: number | undefined }) {
  const { t } = useTranslation();
  const { text, wrong } = useStatusText(state, latency);
  return (
    <section className={wrong ? `${styles.corner} ${styles.loud}` : styles.corner} aria-label={t('desktop.status.label')}>
      <div className={styles.pill}>
        <span className={styles.dot} />
        {text}
      </div>
    </section>
  );
}
