/** The first page: one card with every way of logging in. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Card } from '../app/card.js';
import { recall } from '../app/memory.js';
import { ServerAway } from '../app/server-away.js';
import { Button } from '../controls/button.js';
import { Failure } from '../controls/failure.js';
import type { Login } from './log-in.js';
import styles from './login.module.css';
import { LoginFeedback } from './login-feedback.js';
import { arrange } from './order.js';
import { PasswordForm } from './password-form.js';
import { ProviderButtons } from './provider-buttons.js';
import type { Returned } from './returned.js';
import { LAST_PROVIDER, useLogin } from './use-login.js';
import { useProviders } from './use-providers.js';

/** Why somebody who was logged in sees this page. */
export type LoginNotice = 'ended' | 'left';

interface LoginPageProps {
  readonly notice?: LoginNotice | undefined;
  /** What went wrong at a provider's pages. */
  readonly returned?: Returned | undefined;
  readonly onSignedIn: (login: Login) => void;
}

export function LoginPage({ notice, returned, onSignedIn }: LoginPageProps) {
  const { t } = useTranslation();
  const { items, problem, read } = useProviders();
  const { state, submit, cancel, clear } = useLogin(onSignedIn, returned);
  const [lastUsed] = useState(() => recall<string>(LAST_PROVIDER));
  const title = notice ? t(`login.${notice}`) : t('login.title');
  const lead = notice && <p role="status">{t(`login.${notice}Text`)}</p>;

  if (problem) {
    if (problem.code === 'UNREACHABLE') return <ServerAway again={read} />;
    return (
      <Card
        title={title}
        actions={
          <Button look="primary" onClick={() => void read()}>
            {t('common.tryAgain')}
          </Button>
        }
      >
        <Failure failure={problem} full />
      </Card>
    );
  }
  if (!items) {
    return (
      <Card title={title} lead={lead}>
        <div className={styles.stack} role="status" aria-label={t('login.loading')}>
          <div className={styles.skeleton} />
          <div className={styles.skeleton} />
        </div>
      </Card>
    );
  }

  const { forms, buttons, first } = arrange(items, lastUsed);
  const buttonAsked = buttons.some(({ id }) => id === state.asked);
  const buttonList = (
    <ProviderButtons
      key="buttons"
      providers={buttons}
      first={first === 'buttons'}
      disabled={state.busy === true}
      choose={(provider) => void submit(provider)}
    />
  );
  const divider = forms.length > 0 && buttons.length > 0 && (
    <p key="or" className={styles.or}>
      {t('login.or')}
    </p>
  );
  const form = forms.length > 0 && (
    <PasswordForm key="form" forms={forms} state={buttonAsked ? {} : state} submit={submit} cancel={cancel} clear={clear} />
  );

  return (
    <Card title={title} lead={lead}>
      <div className={styles.stack}>
        {items.length === 0 && (
          <>
            <p>{t('login.none')}</p>
            <p>{t('login.noneText')}</p>
          </>
        )}
        {buttonAsked && <LoginFeedback state={state} cancel={cancel} />}
        {first === 'forms' ? [form, divider, buttonList] : [buttonList, divider, form]}
      </div>
    </Card>
  );
}
