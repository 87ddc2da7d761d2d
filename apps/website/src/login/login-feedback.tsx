/** What a login is doing just now, or why it did not work: in the place where the button was. */
import { useTranslation } from 'react-i18next';
import { Button } from '../controls/button.js';
import { Failure } from '../controls/failure.js';
import { Spinner } from '../controls/icons.js';
import type { en } from '../i18n/en.js';
import { sayWait } from '../i18n/say.js';
import styles from './login.module.css';
import { useCountdown } from './use-countdown.js';
import type { LoginState } from './use-login.js';

type NamedStage = keyof typeof en.attempt;
const NAMED: readonly string[] = ['contacting', 'verifying', 'groups', 'secrets', 'signed-in'] satisfies NamedStage[];

export function LoginFeedback({ state, cancel }: { state: LoginState; cancel: () => void }) {
  const { t, i18n } = useTranslation();
  const { busy, stage, problem } = state;
  const wait = useCountdown(problem?.retryAfter, problem);
  const doing = stage && NAMED.includes(stage) ? t(`attempt.${stage as NamedStage}`) : t('login.busy');
  return (
    <>
      {problem && (
        <Failure
          failure={problem}
          full={problem.status >= 500 || problem.code === 'UNEXPECTED_ANSWER'}
          extra={wait === undefined ? undefined : sayWait(wait, i18n.language)}
        />
      )}
      <div aria-live="polite" className={busy ? styles.busy : 'visually-hidden'}>
        {busy && (
          <>
            <Spinner /> <span className={styles.doing}>{doing}</span>
            <Button look="quiet" onClick={cancel}>
              {t('login.abort')}
            </Button>
          </>
        )}
      </div>
    </>
  );
}
