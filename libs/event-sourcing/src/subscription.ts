/** The two kinds of subscription, the same for every adapter: `follow` reads on by itself, `react` does so as the only one of its name. */
import { Delivery, type DeliverySource, type SubscriptionTimings } from './delivery.js';
import { type EventStore, type FollowOptions, LeaseLost, type ReactOptions } from './event-store.js';
import { HeldLease } from './held-lease.js';

/**
 * What `react` needs beside the store itself. Each call is one atomic write to one record, so a database without transactions will do:
 * whoever claims a checkpoint shuts out all earlier holders in the same write that tells it where to go on.
 */
export interface Checkpoints {
  /**
   * Makes the checkpoint this holder's.
   *
   * @returns the position that was saved last, 0 where none was
   * @throws LeaseLost when a later holder has claimed it
   */
  claim(name: string, fence: number): Promise<number>;
  /** @throws LeaseLost when another holder has claimed it */
  save(name: string, fence: number, position: number): Promise<void>;
}

export type ReactSource = DeliverySource & Pick<EventStore, 'acquireLease'> & { readonly checkpoints: Checkpoints };

export function follow(source: DeliverySource, options: FollowOptions, timings: SubscriptionTimings): Delivery {
  return new Delivery(options.name, source, timings, async (delivery) => {
    delivery.moveTo(options.from ?? 0);
    await delivery.recall(delivery.mayRun);
    return delivery.deliver({ handle: (event) => options.handle(event) }, delivery.mayRun);
  });
}

export function react(source: ReactSource, options: ReactOptions, timings: SubscriptionTimings): Delivery {
  return new Delivery(options.name, source, timings, async (delivery) => {
    for (;;) {
      delivery.enter('waiting-for-lease');
      const askedAt = performance.now();
      const lease = await delivery.ask(() => source.acquireLease(options.name, timings.leaseMs), delivery.mayRun);
      if (lease) await reactWhileHeld(source, options, delivery, new HeldLease(lease, timings.leaseMs, askedAt));
      else await delivery.sleep(timings.pollMs);
    }
  });
}

/** Returns when the lease was lost; throws when the subscription is stopped. */
async function reactWhileHeld(source: ReactSource, options: ReactOptions, delivery: Delivery, held: HeldLease): Promise<void> {
  const { name } = options;
  const permission = () => {
    delivery.mayRun();
    if (!held.valid) throw new LeaseLost(name);
  };
  let saved: number | undefined;
  let savedAt = 0;
  const save = async () => {
    const { position } = delivery;
    await source.checkpoints.save(name, held.fence, position).catch(loseWith(held));
    saved = position;
    savedAt = performance.now();
  };
  try {
    saved = await delivery.ask(() => source.checkpoints.claim(name, held.fence).catch(loseWith(held)), permission);
    delivery.moveTo(saved);
    await delivery.recall(permission);
    delivery.enter('running');
    await delivery.persist(() => options.onLeaseGained?.(), permission);
    await delivery.deliver(
      {
        handle: (event) => options.handle(event),
        handleAll: options.handleAll && ((events) => options.handleAll?.(events) ?? Promise.resolve()),
      },
      permission,
      async () => {
        const due = performance.now() - savedAt >= delivery.timings.checkpointMs;
        if (due && delivery.position !== saved) await delivery.ask(save, permission);
      },
    );
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
  } finally {
    // Neither may fail the way out: what is not saved is handled again, what is not released runs out.
    if (held.valid && saved !== undefined && delivery.position !== saved) await save().catch(() => {});
    await held.release().catch(() => {});
  }
}

const loseWith =
  (held: HeldLease) =>
  (error: unknown): never => {
    if (error instanceof LeaseLost) held.lose();
    throw error;
  };
