/** Keeps a desktop connected: token, display, and the way back after the network, the tab or the server went away. */
import { onDesktop, openDesktop, readDesktop } from '../api/calls.js';
import { asProblem } from '../api/problem.js';
import { failureOf } from '../progress/follow-desktop.js';
import type { Failure } from '../progress/stages.js';
import { lifeOf, waitFor } from '../session/clock.js';
import { watchLine } from './line.js';
import { pauseBefore, verdictOn } from './reconnect.js';
import { openDisplay, type RemoteDisplay } from './remote-display.js';

export type ConnectionState =
  | { readonly phase: 'connecting' }
  | { readonly phase: 'connected' }
  /** `nextAt` (epoch milliseconds) while it waits; missing while it tries. */
  | { readonly phase: 'reconnecting'; readonly nextAt?: number }
  | { readonly phase: 'disconnected' };

export interface ConnectionEvents {
  readonly onState: (state: ConnectionState) => void;
  /** The last frame of a connection that was lost. */
  readonly onFrozen: (canvas: HTMLCanvasElement) => void;
  readonly onClipboard: (text: string) => void;
  /** Round trip in milliseconds. */
  readonly onLatency: (milliseconds: number | undefined) => void;
  /** The desktop is not there any more; without a failure where somebody ended it. */
  readonly onGone: (failure: Failure | undefined) => void;
}

export interface Connection {
  readonly display: () => RemoteDisplay | undefined;
  /** Tries at once instead of waiting. */
  now(): void;
  disconnect(): void;
}

/** How one connection ended: `lost` after it had stood, `refused` before. */
type End = 'lost' | 'refused' | 'over';

export function connect(id: string, target: HTMLElement, words: { name: string; keys: string }, events: ConnectionEvents): Connection {
  let stopped = false;
  let display: RemoteDisplay | undefined;
  let wake = (): void => undefined;

  const stop = () => {
    stopped = true;
    wake();
    display?.close();
    display = undefined;
    removeEventListener('online', hurry);
    document.removeEventListener('visibilitychange', hurry);
  };
  const over = (): End => {
    stop();
    return 'over';
  };
  const gone = (failure?: Failure): End => {
    if (!stopped) events.onGone(failure);
    return over();
  };

  /** Asks why the desktop does not take us: it may have ended. Anything else is a reason to wait. */
  const look = async (): Promise<End> => {
    try {
      const desktop = await readDesktop(id);
      const ended = desktop.status === 'failed' || desktop.status === 'stopped' || desktop.status === 'stopping';
      return ended ? gone(desktop.cause === undefined ? undefined : failureOf(desktop)) : 'refused';
    } catch (thrown) {
      return judge(thrown);
    }
  };
  const judge = (thrown: unknown): Promise<End> | End => {
    const problem = asProblem(thrown);
    const verdict = verdictOn(problem);
    if (verdict === 'look') return look();
    if (verdict === 'over') return gone(problem);
    // The session's keeper shows the login; this page is about to go.
    return verdict === 'signed-out' ? over() : 'refused';
  };

  const once = async (): Promise<End> => {
    let expiresIn: number;
    try {
      ({ expiresIn } = await openDesktop(id));
    } catch (thrown) {
      return judge(thrown);
    }
    if (stopped) return 'over';
    const end = await hold(expiresIn);
    if (stopped) return 'over';
    const found = await look();
    return found === 'over' ? found : end;
  };

  /** One connection from its first byte to its last. */
  const hold = (expiresIn: number): Promise<End> =>
    new Promise((resolve) => {
      let letGo = (): void => undefined;
      const url = new URL(`${onDesktop(id)}/display`, location.href);
      url.protocol = url.protocol.replace('http', 'ws');
      const opened = openDisplay(target, url.href, words, {
        onClipboard: events.onClipboard,
        onShown: () => {
          events.onState({ phase: 'connected' });
          const renewal = keepToken(id, expiresIn);
          const line = watchLine(id, { onLatency: events.onLatency, onDeaf: () => opened.close() });
          letGo = () => {
            renewal();
            line();
          };
        },
        onClosed: (canvas) => {
          letGo();
          events.onLatency(undefined);
          if (canvas) events.onFrozen(canvas);
          resolve(canvas ? 'lost' : 'refused');
        },
      });
      display = opened;
    });

  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const hurry = () => {
    if (document.visibilityState === 'visible') wake();
  };
  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);

  const run = async () => {
    let attempt = 0;
    events.onState({ phase: 'connecting' });
    while (!stopped) {
      const end = await once();
      display = undefined;
      if (stopped || end === 'over') return;
      attempt = end === 'lost' ? 0 : attempt + 1;
      const wait = pauseBefore(attempt, Math.random());
      events.onState({ phase: 'reconnecting', ...(wait > 0 ? { nextAt: Date.now() + wait } : {}) });
      await pause(wait);
      if (!stopped && wait > 0) events.onState({ phase: 'reconnecting' });
    }
  };
  void run();

  return {
    display: () => display,
    now: () => wake(),
    disconnect: () => {
      stop();
      events.onState({ phase: 'disconnected' });
    },
  };
}

/** Renews the desktop's cookie in time, so that whatever else asks the desktop is let in; returns how to stop. */
function keepToken(id: string, expiresIn: number): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let life = lifeOf(expiresIn, Date.now());
  const plan = (failed = false) => {
    timer = setTimeout(() => void renew(), waitFor(life, Date.now(), failed));
  };
  const renew = async () => {
    if (waitFor(life, Date.now()) > 0) return plan();
    try {
      life = lifeOf((await openDesktop(id)).expiresIn, Date.now());
      plan();
    } catch {
      plan(true);
    }
  };
  plan();
  return () => clearTimeout(timer);
}
