/** How far behind each subscription is, and which one stands still: what operators watch. */
import type { EventStore } from '#libs/event-sourcing';

export interface SubscriptionReport {
  readonly name: string;
  /** Whether this process handles its events; another one does where it is shared. */
  readonly runsHere: boolean;
  /** At most: positions may have gaps. */
  readonly lagEvents: number;
  /** Age of the oldest event that it has not handled, by this process's clock. */
  readonly lagSeconds: number;
  /** At an event that operators have to look at. */
  readonly isStuck: boolean;
}

/** @throws DeskhandError `STORE_UNAVAILABLE` */
export async function reportSubscriptions(store: EventStore, now: number): Promise<readonly SubscriptionReport[]> {
  const { supervision } = store;
  const [saved, troubles] = await Promise.all([supervision.positions(), supervision.troubles()]);
  const stuck = new Set(troubles.filter(({ instruction }) => instruction?.kind !== 'skip').map(({ subscription }) => subscription));
  const here = new Map<string, { readonly runsHere: boolean; readonly position: number }>();
  for (const { name, status, position } of store.subscriptions()) {
    const runsHere = status !== 'waiting-for-lease';
    const found = runsHere ? position : (saved.find((each) => each.name === name)?.position ?? 0);
    // Several of a name, each for itself: the last of them counts.
    here.set(name, { runsHere, position: Math.min(found, here.get(name)?.position ?? found) });
  }
  const head = await store.head();
  return Promise.all(
    [...here].map(async ([name, { runsHere, position }]) => {
      const oldest = position < head ? (await store.readAll(position, 1))[0] : undefined;
      const lagSeconds = oldest ? Math.max(0, (now - Date.parse(oldest.recordedAt)) / 1000) : 0;
      return { name, runsHere, lagEvents: Math.max(0, head - position), lagSeconds, isStuck: stuck.has(name) };
    }),
  );
}
