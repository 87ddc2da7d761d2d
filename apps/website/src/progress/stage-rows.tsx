/** The stages with tick and time each; the one that happens now is alive. */
import { useTranslation } from 'react-i18next';
import { Cross, Spinner, Tick } from '../controls/icons.js';
import { sayDuration } from '../i18n/say.js';
import styles from './progress.module.css';
import { STAGES, type StageList, stateOf } from './stages.js';

const signs = { waiting: null, active: <Spinner />, done: <Tick />, failed: <Cross /> } as const;

export function StageRows({ list, now }: { list: StageList; now: number }) {
  const { t, i18n } = useTranslation();
  return (
    <ol className={styles.stages} aria-label={t('progress.stages')}>
      {STAGES.map((stage) => {
        const state = stateOf(list, stage);
        const time = state === 'done' ? list.took[stage] : state === 'active' ? now - list.since : undefined;
        return (
          <li key={stage} className={`${styles.stage} ${styles[state]}`} aria-current={state === 'active' ? 'step' : undefined}>
            <span className={styles.sign}>{signs[state]}</span>
            <span className={styles.name}>
              {t(`progress.${state === 'done' ? 'done' : 'doing'}.${stage}`)}
              <span className="visually-hidden">, {t(`progress.state.${state}`)}</span>
            </span>
            <span className={styles.time}>{time !== undefined && sayDuration(time, i18n.language)}</span>
          </li>
        );
      })}
    </ol>
  );
}
