/** Keys that an on-screen keyboard lacks, in a row above it. The two that are held with another stay down until that one is typed. */
import { useTranslation } from 'react-i18next';
import styles from './desktop.module.css';
import { KEYSYM } from './keysyms.js';

const ROW = ['escape', 'tab', 'control', 'alt', 'left', 'up', 'down', 'right'] as const;
const HELD: ReadonlySet<string> = new Set(['control', 'alt']);
const ARROWS: Readonly<Record<string, string>> = { left: '←', up: '↑', down: '↓', right: '→' };

interface TouchKeysProps {
  /** Keysyms that are held. */
  readonly held: readonly number[];
  readonly onHeld: (held: readonly number[]) => void;
  readonly onTap: (keysym: number) => void;
}

export function TouchKeys({ held, onHeld, onTap }: TouchKeysProps) {
  const { t } = useTranslation();
  const toggle = (keysym: number) => onHeld(held.includes(keysym) ? held.filter((each) => each !== keysym) : [...held, keysym]);
  return (
    <fieldset className={styles.keys} aria-label={t('keys.label')}>
      {ROW.map((name) => (
        <button
          key={name}
          type="button"
          tabIndex={-1}
          aria-label={t(`keys.${name}`)}
          aria-pressed={HELD.has(name) ? held.includes(KEYSYM[name]) : undefined}
          // The keyboard goes when its field loses the focus.
          onPointerDown={(event) => event.preventDefault()}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => (HELD.has(name) ? toggle : onTap)(KEYSYM[name])}
        >
          {ARROWS[name] ?? t(`keys.${name}`)}
        </button>
      ))}
    </fieldset>
  );
}
