/** Over the last frame while the connection is away: what happens, when the next try is, and a way to not wait. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../controls/button.js';
import { Spinner, Unplug } from '../controls/icons.js';
import type { ConnectionState } from './connection.js';
import styles from './desktop.module.css';

interface ReconnectVeilProps {
  readonly state: Extract<ConnectionState, { phase: 'reconnecting' }>;
  readonly onNow: () => void;
}

/** Most losses are over before anybody could read about them. */
const QUIET_MS = 400;

export function ReconnectVeil({ state, onNow }: ReconnectVeilProps) {
  const { t } = useTranslation();
  const [now, setNow] = useState(Date.now);
  const [quiet, setQuiet] = useState(true);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    const loud = setTimeout(() => setQuiet(false), QUIET_MS);
    return () => {
      clearInterval(timer);
      clearTimeout(loud);
    };
  }, []);
  if (quiet) return null;

  const seconds = state.nextAt === undefined ? 0 : Math.ceil((state.nextAt - now) / 1000);
  return (
    <div className={styles.veil}>
      <section className={styles.panel} aria-labelledby="reconnect-title">
        <div role="status">
          <h2 id="reconnect-title">
            <Spinner size={18} />
            {t('desktop.reconnect.title')}
          </h2>
          <p>{navigator.onLine ? t('desktop.reconnect.text') : t('desktop.reconnect.offline')}</p>
        </div>
        <p className={styles.wait} aria-live="off">
          {seconds > 0 ? t('desktop.reconnect.in', { seconds }) : t('desktop.reconnect.trying')}
        </p>
        <div className={styles.actions}>
          <Button look="primary" disabled={seconds <= 0} onClick={onNow}>
            {t('common.now')}
          </Button>
        </div>
      </section>
    </div>
  );
}

/** After somebody disconnected on purpose. */
export function DisconnectedVeil({ onAgain, onLogOff }: { onAgain: () => void; onLogOff: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={styles.veil}>
      <section className={styles.panel} aria-labelledby="disconnected-title">
        <div role="status">
          <h2 id="disconnected-title">
            <Unplug size={18} />
            {t('desktop.disconnected.title')}
          </h2>
          <p>{t('desktop.disconnected.text')}</p>
        </div>
        <div className={styles.actions}>
          <Button look="primary" autoFocus onClick={onAgain}>
            {t('desktop.disconnected.again')}
          </Button>
          <Button look="quiet" onClick={onLogOff}>
            {t('menu.logOff')}
          </Button>
        </div>
      </section>
    </div>
  );
}
