/** Name and password, for every provider that asks for them. What was typed stays through every error. */
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Provider } from '../api/types.js';
import { Button } from '../controls/button.js';
import { DemoAccounts } from './demo-accounts.js';
import styles from './login.module.css';
import { LoginFeedback } from './login-feedback.js';
import { PasswordField } from './password-field.js';
import type { LoginState } from './use-login.js';

interface PasswordFormProps {
  readonly forms: readonly Provider[];
  readonly state: LoginState;
  readonly submit: (provider: Provider, credentials: { username: string; password: string }) => Promise<void>;
  readonly cancel: () => void;
  readonly clear: () => void;
}

export function PasswordForm({ forms, state, submit, cancel, clear }: PasswordFormProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(forms[0]?.id);
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [empty, setEmpty] = useState(false);
  const nameField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const provider = forms.find(({ id }) => id === chosen) ?? forms[0];

  useEffect(() => {
    nameField.current?.focus();
  }, []);
  useEffect(() => {
    if (!state.problem) return;
    passwordField.current?.focus();
    if (state.problem.code === 'INVALID_CREDENTIALS') passwordField.current?.select();
  }, [state.problem]);

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!provider) return;
    const name = username.trim();
    setEmpty(name === '' || password === '');
    if (name === '') return nameField.current?.focus();
    if (password === '') return passwordField.current?.focus();
    void submit(provider, { username: name, password });
  };
  const fill = (name: string) => {
    setUsername(name);
    setPassword(name);
    setEmpty(false);
    clear();
  };

  const nameError = empty && username.trim() === '' ? t('login.nameMissing') : undefined;
  const passwordError = empty && password === '' ? t('login.passwordMissing') : undefined;
  return (
    <form className={styles.stack} onSubmit={onSubmit} noValidate>
      {forms.length > 1 && (
        <div role="radiogroup" aria-label={t('login.with')} className={styles.group}>
          {forms.map(({ id, displayName }) => (
            <label key={id} className={styles.choice}>
              <input type="radio" name="provider" checked={id === provider?.id} onChange={() => setChosen(id)} />
              {displayName}
            </label>
          ))}
        </div>
      )}
      <div className={styles.field}>
        <label htmlFor="username">{t('login.name')}</label>
        <input
          id="username"
          ref={nameField}
          className={styles.input}
          name="username"
          autoComplete="username"
          autoCapitalize="off"
          autoCorrect="off"
          spellCheck={false}
          value={username}
          aria-invalid={nameError ? true : undefined}
          aria-describedby={nameError ? 'username-error' : undefined}
          onChange={(event) => setUsername(event.target.value)}
        />
        {nameError && (
          <p id="username-error" className={styles.wrong} role="alert">
            {nameError}
          </p>
        )}
      </div>
      <PasswordField value={password} onChange={setPassword} error={passwordError} input={passwordField} />
      <LoginFeedback state={state} cancel={cancel} />
      {!state.busy && (
        <Button type="submit" look="primary" wide>
          {t('login.submit')}
        </Button>
      )}
      {provider?.demo && <DemoAccounts names={provider.demoAccounts ?? []} fill={fill} />}
    </form>
  );
}
