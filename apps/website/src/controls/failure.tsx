/** What went wrong, in a form that somebody can act on: a sentence, what helps, and a code to pass on. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sayRemedy, sayWhat } from '../i18n/say.js';
import type { Failure as FailureData } from '../progress/stages.js';
import { IconButton } from './button.js';
import styles from './failure.module.css';
import { Alert, Copy, Tick } from './icons.js';

interface FailureProps {
  readonly failure: FailureData;
  /** With the code and what the server said: for failures that somebody else has to mend. */
  readonly full?: boolean;
  /** What changes while it is read, such as how long to wait: not announced again and again. */
  readonly extra?: string | undefined;
}

export function Failure({ failure, full = false, extra }: FailureProps) {
  const what = sayWhat(failure);
  const remedy = sayRemedy(failure);
  return (
    <div className={styles.failure} role="alert">
      <span className={styles.sign}>
        <Alert />
      </span>
      <p className={styles.what}>{what}</p>
      {remedy && <p className={styles.remedy}>{remedy}</p>}
      {extra && (
        <p className={styles.remedy} role="timer">
          {extra}
        </p>
      )}
      {full && failure.detail && failure.detail !== what && <p className={styles.detail}>{failure.detail}</p>}
      {full && <Code failure={failure} />}
    </div>
  );
}

function Code({ failure }: { failure: FailureData }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const text = failure.traceId ? `${failure.code} ${failure.traceId}` : failure.code;
  const copy = () =>
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  return (
    <div className={styles.code}>
      <code>{text}</code>
      <IconButton label={copied ? t('common.copied') : t('common.copyCode')} onClick={() => void copy()}>
        {copied ? <Tick size={14} /> : <Copy size={14} />}
      </IconButton>
    </div>
  );
}
