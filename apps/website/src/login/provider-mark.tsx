/** The marks on the buttons of providers: small drawings of our own, on a white tile so that each keeps its colours. */
import type { ReactNode } from 'react';
import styles from './login.module.css';

const arc = (colour: string, path: string) => <path d={path} stroke={colour} strokeWidth="2.6" fill="none" />;

const MARKS: Readonly<Record<string, ReactNode>> = {
  google: (
    <>
      {arc('#ea4335', 'M3.3 5.3a5.2 5.2 0 0 1 8.3-1.1')}
      {arc('#fbbc04', 'M3.3 10.7a5.2 5.2 0 0 1 0-5.4')}
      {arc('#34a853', 'M11.3 12.1a5.2 5.2 0 0 1-8-1.4')}
      {arc('#4285f4', 'M8 8h5.2a5.2 5.2 0 0 1-1.9 4.1')}
    </>
  ),
  facebook: (
    <>
      <circle cx="8" cy="8" r="7" fill="#0866ff" />
      <path d="M10.6 4.6H9.7c-.9 0-1.3.5-1.3 1.4V15M6.3 8.4h4" stroke="#fff" strokeWidth="1.7" fill="none" />
    </>
  ),
  orange: (
    <>
      <rect x="1" y="1" width="14" height="14" fill="#ff7900" />
      <rect x="3" y="11" width="10" height="2" fill="#fff" />
    </>
  ),
  openid: (
    <path
      d="M10.5 2.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8.3 7.7l-5.5 5.5m2-2 1.7 1.7"
      stroke="#4a5568"
      strokeWidth="1.5"
      fill="none"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
};

export function ProviderMark({ mark = 'openid' }: { mark?: string | undefined }) {
  return (
    <span className={styles.mark} data-mark={mark}>
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        {Object.hasOwn(MARKS, mark) ? MARKS[mark] : MARKS.openid}
      </svg>
    </span>
  );
}
