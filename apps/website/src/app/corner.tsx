/** Language and appearance: the two choices that come before anybody is logged in. */
import { useTranslation } from 'react-i18next';
import { Moon, Screen, Sun } from '../controls/icons.js';
import { chooseLanguage, type Language, languages } from '../i18n/i18n.js';
import { chooseTheme, type ThemeChoice, useThemeChoice } from '../theme/theme.js';
import styles from './corner.module.css';

const themes = { system: Screen, light: Sun, dark: Moon } as const;

export function Corner() {
  const { t, i18n } = useTranslation();
  const theme = useThemeChoice();
  return (
    <>
      <select
        className={styles.language}
        aria-label={t('language')}
        value={i18n.language}
        onChange={(event) => void chooseLanguage(event.target.value as Language)}
      >
        {Object.entries(languages).map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
      <div role="radiogroup" aria-label={t('theme.label')} className={styles.themes}>
        {(Object.keys(themes) as ThemeChoice[]).map((choice) => {
          const Icon = themes[choice];
          return (
            <label key={choice} className={styles.theme} title={t(`theme.${choice}`)}>
              <input
                type="radio"
                name="theme"
                checked={choice === theme}
                onChange={() => chooseTheme(choice)}
                aria-label={t(`theme.${choice}`)}
              />
              <Icon />
            </label>
          );
        })}
      </div>
    </>
  );
}
