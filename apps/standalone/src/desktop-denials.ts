/** Tells the gateway, as the log tells it, which sessions and runs have ended: their tokens are refused and their sockets closed at once. */
import { denialOf, startOfDenials } from '#apps/api';
import type { DenyList } from '#apps/gateway';
import { caughtUpOrStuck, type EventStore, type Subscription } from '#libs/event-sourcing';

/** What ended before the start counts too, as its tokens may still be good. */
export async function followDenials(store: EventStore, denyList: DenyList): Promise<Subscription> {
  const subscription = store.follow({
    name: 'denials',
    from: await startOfDenials(store),
    handle: (event) => {
      const denied = denialOf(event);
      if (denied) denyList.deny(denied, Date.parse(event.recordedAt));
    },
  });
  await caughtUpOrStuck(subscription);
  return subscription;
}
