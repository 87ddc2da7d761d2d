/** Keeps the login alive. The refresh cookie rotates and reuse ends the session, so that all tabs of a browser renew one at a time, and once. */
import { forget, onChangedElsewhere, recall, remember } from '../app/memory.js';
import { isDue, lifeOf, type TokenLife, waitFor } from './clock.js';

/** `unreachable`: nobody answered, the session may well live on. */
export type Renewal = 'renewed' | 'ended' | 'unreachable';

/** Only times are stored; the tokens are in cookies that no script can read. */
const KEY = 'session';
const LOCK = 'deskhand-renewal';
const TIMEOUT_MS = 15_000;

let running: Promise<Renewal> | undefined;
const endListeners = new Set<() => void>();

/** There is, or was until it ran out, a login in this browser. */
export const hasSession = (): boolean => recall<TokenLife>(KEY) !== undefined;
export const noteSignedIn = (expiresIn: number): void => remember(KEY, lifeOf(expiresIn, Date.now()));
export const noteSignedOut = (): void => forget(KEY);

export function renewSession(): Promise<Renewal> {
  const asked = Date.now();
  running ??= exclusively(() => renewOnce(asked))
    .then((outcome) => {
      if (outcome === 'ended') for (const listener of [...endListeners]) listener();
      return outcome;
    })
    .finally(() => {
      running = undefined;
    });
  return running;
}

/** `navigator.locks` exists in secure contexts only; elsewhere this tab is on its own. */
const exclusively = (work: () => Promise<Renewal>): Promise<Renewal> => (navigator.locks ? navigator.locks.request(LOCK, work) : work());

async function renewOnce(asked: number): Promise<Renewal> {
  const known = recall<TokenLife>(KEY);
  // While we waited for the lock another tab renewed for all of us.
  if (known && known.renewedAt > asked) return 'renewed';
  try {
    const response = await fetch('/api/v1/auth/refresh', {
      method: 'POST',
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) {
      const { expiresIn } = (await response.json()) as { expiresIn: number };
      noteSignedIn(expiresIn);
      return 'renewed';
    }
    if (response.status >= 500 || response.status === 429) return 'unreachable';
    noteSignedOut();
    return 'ended';
  } catch {
    return 'unreachable';
  }
}

/** Renews in time until stopped; tells when the session is over: found out here by whichever call, or because another tab logged off. */
export function keepSession(onEnded: () => void): () => void {
  endListeners.add(onEnded);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  const look = async (): Promise<void> => {
    clearTimeout(timer);
    const outcome = isDue(recall<TokenLife>(KEY), Date.now()) ? await renewSession() : undefined;
    if (stopped || outcome === 'ended') return;
    clearTimeout(timer);
    timer = setTimeout(() => void look(), waitFor(recall<TokenLife>(KEY), Date.now(), outcome === 'unreachable'));
  };
  const wake = () => {
    if (document.visibilityState === 'visible') void look();
  };
  const forgetElsewhere = onChangedElsewhere(KEY, () => {
    if (!hasSession()) onEnded();
  });

  // A login that came by redirect (OAuth) left no times here: renew once to learn them.
  if (!hasSession()) void renewSession();
  document.addEventListener('visibilitychange', wake);
  addEventListener('online', wake);
  void look();
  return () => {
    stopped = true;
    clearTimeout(timer);
    endListeners.delete(onEnded);
    forgetElsewhere();
    document.removeEventListener('visibilitychange', wake);
    removeEventListener('online', wake);
  };
}
