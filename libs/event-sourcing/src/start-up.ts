/** How long a process that starts waits for its views: as long as they get on, for a log may be long; one event that hurts keeps nobody from starting. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Subscription } from './event-store.js';

const QUIET_MS = 5_000;
const ASK_AGAIN_MS = 100;

/** @param quietMs after so long without a step the start goes on; readyz names what stands still */
export async function caughtUpOrStuck(subscription: Subscription, quietMs = QUIET_MS): Promise<void> {
  for (let [before, giveUpAt] = [-1, 0]; ; ) {
    const { position, status } = subscription.state();
    if (position !== before) [before, giveUpAt] = [position, performance.now() + quietMs];
    const left = giveUpAt - performance.now();
    if (left <= 0 || status === 'stopped') return;
    try {
      return await subscription.caughtUp(left);
    } catch {
      // Late, or the store does not answer.
      await pause(ASK_AGAIN_MS);
    }
  }
}
