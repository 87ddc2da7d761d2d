/** Says plainly that these are demo accounts, and fills one in with a click. */
import { useTranslation } from 'react-i18next';
import styles from './login.module.css';

interface DemoAccountsProps {
  readonly names: readonly string[];
  readonly fill: (name: string) => void;
}

export function DemoAccounts({ names, fill }: DemoAccountsProps) {
  const { t } = useTranslation();
  return (
    <section className={styles.demo} aria-labelledby="demo-title">
      <h2 id="demo-title">{t('login.demo')}</h2>
      <p>{t('login.demoText')}</p>
      <ul className={styles.people}>
        {names.map((name) => (
          <li key={name}>
            <button type="button" className={styles.person} aria-label={t('login.fill', { name })} onClick={() => fill(name)}>
              {name}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
