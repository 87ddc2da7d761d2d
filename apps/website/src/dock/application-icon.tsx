/** An application's own picture, or its first letter on a colour of its own. */
import { useState } from 'react';
import styles from './application-icon.module.css';

interface ApplicationIconProps {
  readonly name: string;
  readonly icon?: string | null | undefined;
  readonly size: number;
}

const HUES = [243, 205, 168, 135, 28, 350, 318, 268];

function hueOf(name: string): number {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return HUES[sum % HUES.length] ?? 243;
}

/** Only paths of our own origin: nothing else may be asked from here. */
const isOurs = (icon: string): boolean => icon.startsWith('/') && !icon.startsWith('//');

export function ApplicationIcon({ name, icon, size }: ApplicationIconProps) {
  const [broken, setBroken] = useState(false);
  if (icon && isOurs(icon) && !broken) {
    return <img className={styles.image} src={icon} width={size} height={size} alt="" draggable={false} onError={() => setBroken(true)} />;
  }
  const letter = [...name.trim()][0]?.toUpperCase() ?? '?';
  return (
    <span
      className={styles.tile}
      style={{ width: size, height: size, fontSize: size * 0.46, '--hue': hueOf(name) } as React.CSSProperties}
      aria-hidden="true"
    >
      {letter}
    </span>
  );
}
