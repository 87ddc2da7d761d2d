/** Keys that an on-screen keyboard lacks, in a row above it. The two that are held with another stay down until that one is typed. */
import { useTranslation } from 'react-i18next';
import styles from './desktop.module.css';

const TAPPED = { escape: 0xff1b, tab: 0xff09, left: 0xff51, up: 0xff52, down: 0xff54, right: 0xff53 } as const;
const HELD = { control: 0xffe3, alt: 0xffe9 } as const;
const ROW = ['escape', 'tab', 'control', 'alt', 'left', 'up', 'down', 'right'] as const;
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
          aria-pressed={name in HELD ? held.includes(HELD[name as keyof typeof HELD]) : undefined}
          // The keyboard goes when its field loses the focus.
          onPointerDown={(event) => event.preventDefault()}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => (name in HELD ? toggle(HELD[name as keyof typeof HELD]) : onTap(TAPPED[name as keyof typeof TAPPED]))}
        >
          {ARROWS[name] ?? t(`keys.${name}`)}
        </button>
      ))}
    </fieldset>
  );
}
