/** Sentences that are put together from data: problems in the reader's language, durations by locale. */
import i18next from 'i18next';
import type { ProblemFields } from '../api/problem.js';
import type { ProgressLine } from '../api/types.js';
import { en } from './en.js';

type Failure = Pick<ProblemFields, 'code' | 'detail'> & { readonly remedy?: string | undefined };

// Codes are data: a server may know newer ones than this page, whose own words then stand.
const lookUp = (group: 'errors' | 'remedies', code: string): string | undefined => {
  const key = `${group}.${code}`;
  return /^[A-Z_]+$/.test(code) && i18next.exists(key) ? (i18next.t as (key: string) => string)(key) : undefined;
};

/** What happened, as one sentence. */
export const sayWhat = (failure: Failure): string => lookUp('errors', failure.code) ?? failure.detail;
/** What to do about it. */
export const sayRemedy = (failure: Failure): string | undefined => lookUp('remedies', failure.code) ?? failure.remedy;

const SAYS: Readonly<Record<string, string>> = en.progress.says;

/** A line of progress. What the server says of itself is in the reader's language; a cluster's own words stay as they are. */
export function sayLine({ phase, message }: Pick<ProgressLine, 'phase' | 'message'>): string {
  const known = Object.hasOwn(SAYS, phase) ? SAYS[phase] : undefined;
  if (known === undefined || !message.startsWith(known)) return message;
  return (i18next.t as (key: string) => string)(`progress.says.${phase}`) + message.slice(known.length);
}

/** Such as "0.4 s" or "1 min 5 s". */
export function sayDuration(milliseconds: number, locale: string): string {
  const unit = (value: number, unit: 'second' | 'minute', digits: number) =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
      minimumFractionDigits: digits,
    })
      .format(value)
      .replace(/\bsecs?\b/, 's');
  if (milliseconds < 9_950) return unit(Math.max(0, milliseconds) / 1000, 'second', 1);
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return unit(seconds, 'second', 0);
  return `${unit(Math.floor(seconds / 60), 'minute', 0)} ${unit(seconds % 60, 'second', 0)}`;
}

/** Beyond, a wait is easier to grasp in minutes. Seconds. */
const COUNTED = 90;

/** When somebody may try to log in again. @param seconds that are still to wait */
export function sayWait(seconds: number, locale: string): string {
  if (seconds <= 0) return i18next.t('login.retryNow');
  const count = Math.ceil(seconds);
  return count > COUNTED
    ? i18next.t('login.retryLater', { time: sayDuration(count * 1000, locale) })
    : i18next.t('login.retryAfter', { count });
}
