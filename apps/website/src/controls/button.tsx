/** The buttons of every page: one primary action a page, the rest steps back. */
import type { ComponentProps } from 'react';
import styles from './button.module.css';

export type Look = 'primary' | 'secondary' | 'quiet' | 'danger';

const classes = (look: Look, wide: boolean): string => [styles.button, styles[look], wide && styles.wide].filter(Boolean).join(' ');

export function Button({ look = 'secondary', wide = false, ...rest }: ComponentProps<'button'> & { look?: Look; wide?: boolean }) {
  return <button type="button" {...rest} className={classes(look, wide)} />;
}

export function LinkButton({ look = 'secondary', wide = false, children, ...rest }: ComponentProps<'a'> & { look?: Look; wide?: boolean }) {
  return (
    <a {...rest} className={classes(look, wide)}>
      {children}
    </a>
  );
}

/** A picture alone: needs a name. */
export function IconButton({ label, ...rest }: Omit<ComponentProps<'button'>, 'aria-label'> & { label: string }) {
  return <button type="button" title={label} {...rest} aria-label={label} className={`${styles.button} ${styles.icon}`} />;
}
