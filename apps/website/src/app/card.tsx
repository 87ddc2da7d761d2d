/** The quiet page with one card in the middle, on which everything before and after the desktop happens. */
import { type ReactNode, useEffect, useRef } from 'react';
import { Mark } from '../controls/icons.js';
import styles from './card.module.css';
import { Corner } from './corner.js';
import { installation } from './installation.js';

interface CardProps {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
  /** Above a desktop that is still to appear. */
  readonly over?: boolean;
  /** The heading takes the focus when the card turned into another one, so that a screen reader starts there. */
  readonly announce?: boolean;
}

export function Card({ title, lead, children, actions, over = false, announce = false }: CardProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another title is another card.
  useEffect(() => {
    document.title = `${title} · ${installation}`;
    if (announce) heading.current?.focus();
  }, [title]);

  return (
    <div className={over ? `${styles.page} ${styles.over}` : styles.page}>
      <header className={styles.corner}>
        <Corner />
      </header>
      <main className={styles.middle}>
        <div className={styles.card}>
          <div className={styles.brand}>
            <Mark size={28} />
            {installation}
          </div>
          <h1 className={styles.title} tabIndex={-1} ref={heading}>
            {title}
          </h1>
          {lead && <div className={styles.lead}>{lead}</div>}
          {children && <div className={styles.body}>{children}</div>}
          {actions && <div className={styles.actions}>{actions}</div>}
        </div>
      </main>
    </div>
  );
}
