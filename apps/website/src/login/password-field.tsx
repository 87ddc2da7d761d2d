/** A password: can be shown, tells about caps lock, and leaves the rest to the password manager. */
import { type KeyboardEvent, type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../controls/button.js';
import { CapsLock, Eye, EyeOff } from '../controls/icons.js';
import styles from './login.module.css';

interface PasswordFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error: string | undefined;
  readonly input: RefObject<HTMLInputElement | null>;
}

export function PasswordField({ value, onChange, error, input }: PasswordFieldProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  const [capsLock, setCapsLock] = useState(false);
  const watchCapsLock = (event: KeyboardEvent) => setCapsLock(event.getModifierState('CapsLock'));
  const described = [error && 'password-error', capsLock && 'caps-lock'].filter(Boolean).join(' ');

  return (
    <div className={styles.field}>
      <label htmlFor="password">{t('login.password')}</label>
      <div className={styles.box}>
        <input
          id="password"
          ref={input}
          className={`${styles.input} ${styles.secret}`}
          name="password"
          type={shown ? 'text' : 'password'}
          autoComplete="current-password"
          autoCapitalize="off"
          spellCheck={false}
          value={value}
          aria-invalid={error ? true : undefined}
          aria-describedby={described || undefined}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={watchCapsLock}
          onKeyUp={watchCapsLock}
          onBlur={() => setCapsLock(false)}
        />
        <span className={styles.reveal}>
          <IconButton label={t(shown ? 'login.hidePassword' : 'login.showPassword')} aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? <EyeOff /> : <Eye />}
          </IconButton>
        </span>
      </div>
      {error && (
        <p id="password-error" className={styles.wrong} role="alert">
          {error}
        </p>
      )}
      {capsLock && (
        <p id="caps-lock" className={styles.notice} role="status">
          <CapsLock size={14} /> {t('login.capsLock')}
        </p>
      )}
    </div>
  );
}
