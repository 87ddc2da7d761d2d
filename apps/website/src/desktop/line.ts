/** Listens whether the line to the desktop is alive and how quick it is: a socket over a dead network stays "open" for minutes. */
import { onDesktop } from '../api/calls.js';
import { DEAF_PROBES } from './reconnect.js';

const EVERY_MS = 15_000;
const PATIENCE_MS = 5_000;

interface LineEvents {
  readonly onLatency: (milliseconds: number) => void;
  readonly onDeaf: () => void;
}

/** Any answer counts, whatever it says: it came all the way. Returns how to stop. */
export function watchLine(id: string, events: LineEvents): () => void {
  let stopped = false;
  let deaf = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const probe = async () => {
    clearTimeout(timer);
    const began = performance.now();
    try {
      const response = await fetch(`${onDesktop(id)}/windows`, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
      await response.arrayBuffer();
      if (stopped) return;
      deaf = 0;
      events.onLatency(performance.now() - began);
    } catch {
      if (stopped) return;
      deaf++;
      if (deaf >= DEAF_PROBES) return events.onDeaf();
    }
    plan(deaf > 0 ? 0 : EVERY_MS);
  };
  const plan = (wait: number) => {
    clearTimeout(timer);
    // A hidden tab asks nothing; it is asked when it is looked at again.
    if (!stopped && document.visibilityState === 'visible') timer = setTimeout(() => void probe(), wait);
  };
  const look = () => plan(0);
  document.addEventListener('visibilitychange', look);
  addEventListener('online', look);
  addEventListener('offline', look);
  plan(1_000);
  return () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', look);
    removeEventListener('online', look);
    removeEventListener('offline', look);
  };
}
