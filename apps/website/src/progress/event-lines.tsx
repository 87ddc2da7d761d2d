/** What the server said while it worked: for whoever wants to know more than the stages tell. */
import { useTranslation } from 'react-i18next';
import type { ProgressLine } from '../api/types.js';
import { regionOf } from '../i18n/i18n.js';
import { sayLine } from '../i18n/say.js';
import styles from './progress.module.css';

export function EventLines({ lines }: { lines: readonly ProgressLine[] }) {
  const { t, i18n } = useTranslation();
  const clock = new Intl.DateTimeFormat(regionOf(i18n.language, navigator.languages), { timeStyle: 'medium' });
  const time = (at: string) => (Number.isNaN(Date.parse(at)) ? '' : clock.format(new Date(at)));
  return (
    <details className={styles.details}>
      <summary>{t('common.details')}</summary>
      {lines.length === 0 ? (
        <p className={styles.lines}>{t('progress.empty')}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls has to be reachable by keyboard.
        <ol className={styles.lines} aria-label={t('progress.lines')} tabIndex={0}>
          {lines.map(({ id, at, phase, message }) => (
            <li key={id}>
              <time dateTime={at}>{time(at)}</time>
              <span>{sayLine({ phase, message })}</span>
            </li>
          ))}
        </ol>
      )}
    </details>
  );
}
