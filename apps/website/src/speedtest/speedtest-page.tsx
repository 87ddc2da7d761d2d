/** The line check: how fast and how steady the way between this browser and the installation is. Needs no login. */
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Card } from '../app/card.js';
import { Button, LinkButton } from '../controls/button.js';
import { regionOf } from '../i18n/i18n.js';
import { Chart } from './chart.js';
import { type Findings, measure, NOTHING_YET, type Phase } from './measure.js';
import styles from './speedtest.module.css';
import { delayOf, jitterOf, speedNow, speedOverall } from './statistics.js';

type State = { readonly at: 'idle' | 'done' | 'failed' | 'stopped' } | { readonly at: 'running'; readonly phase: Phase };

export default function SpeedTestPage() {
  const { t, i18n } = useTranslation();
  const [state, setState] = useState<State>({ at: 'idle' });
  const [findings, setFindings] = useState<Findings>(NOTHING_YET);
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);

  const start = async () => {
    const own = new AbortController();
    abort.current = own;
    setFindings(NOTHING_YET);
    try {
      await measure(own.signal, (phase) => setState({ at: 'running', phase }), setFindings);
      setState({ at: 'done' });
    } catch {
      setState({ at: own.signal.aborted ? 'stopped' : 'failed' });
    }
  };

  const locale = regionOf(i18n.language, navigator.languages);
  const number = (value: number) => new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 }).format(value);
  const running = state.at === 'running' ? state.phase : undefined;
  const { roundTrips } = findings;
  const speed = (marks: Findings['download'], phase: Phase) =>
    marks.length > 0 && number((running === phase ? speedNow(marks) : speedOverall(marks)) / 1e6);
  const delay = (of: 'ping' | 'jitter') =>
    of === 'ping' ? roundTrips.length > 0 && number(delayOf(roundTrips)) : roundTrips.length > 1 && number(jitterOf(roundTrips));
  const status = running ? t(`speedtest.phase.${running}`) : t(`speedtest.state.${state.at as 'idle' | 'done' | 'failed' | 'stopped'}`);

  return (
    <Card
      title={t('speedtest.title')}
      lead={t('speedtest.lead')}
      actions={
        <>
          {running ? (
            <Button look="secondary" onClick={() => abort.current?.abort()}>
              {t('speedtest.stop')}
            </Button>
          ) : (
            <Button look="primary" onClick={() => void start()}>
              {state.at === 'idle' ? t('speedtest.start') : t('speedtest.again')}
            </Button>
          )}
          <LinkButton look="quiet" href="/">
            {t('speedtest.back')}
          </LinkButton>
        </>
      }
    >
      <dl className={styles.figures}>
        {(['download', 'upload'] as const).map((way) => (
          <Figure key={way} wide now={running === way} name={t(`speedtest.${way}`)} value={speed(findings[way], way)} unit="Mbit/s">
            <Chart marks={findings[way]} />
          </Figure>
        ))}
        {(['ping', 'jitter'] as const).map((of) => (
          <Figure key={of} now={running === 'ping'} name={t(`speedtest.${of}`)} value={delay(of)} unit="ms" />
        ))}
      </dl>
      <p className={state.at === 'failed' ? styles.failed : styles.status} role="status" data-state={state.at}>
        {status}
      </p>
    </Card>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string | false;
  readonly unit: string;
  /** It is being measured. */
  readonly now: boolean;
  readonly wide?: boolean;
  readonly children?: React.ReactNode;
}

function Figure({ name, value, unit, now, wide = false, children }: FigureProps) {
  return (
    <div className={[styles.figure, wide && styles.wide, now && styles.now].filter(Boolean).join(' ')}>
      <dt>{name}</dt>
      <dd>
        <span className={styles.value}>{value || '–'}</span> <span className={styles.unit}>{unit}</span>
        {children}
      </dd>
    </div>
  );
}
