/** The loop under every subscription: reads on from a position and hands over one event after the other, for as long as it takes. */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { EventStore, RecordedEvent, Subscription, SubscriptionState } from './event-store.js';

/** How patient subscriptions are, in milliseconds. */
export interface SubscriptionTimings {
  /** After this time at the latest events of other processes are seen. */
  readonly pollMs: number;
  /** How long a runner that says nothing keeps its lease. */
  readonly leaseMs: number;
  /** A checkpoint is saved no more often than this: what a crash repeats against what saving costs. */
  readonly checkpointMs: number;
  /** The longest pause between two tries of what failed. */
  readonly longestPauseMs: number;
}

export const defaultTimings: SubscriptionTimings = { pollMs: 500, leaseMs: 10_000, checkpointMs: 500, longestPauseMs: 10_000 };

const BATCH = 500;
const FIRST_PAUSE_MS = 50;

export type DeliverySource = Pick<EventStore, 'readAll' | 'head' | 'onAppended'>;

/** Ends the loop of a subscription; callers of `caughtUp` see it. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Throws when the loop may not go on. */
type Permission = () => void;

export class Delivery implements Subscription {
  #status: SubscriptionState['status'] = 'running';
  #position = 0;
  #error: string | undefined;
  #rung = false;
  #wake: (() => void) | undefined;
  readonly #stop = new AbortController();
  readonly #awaiting = new Set<{ readonly position: number; resolve(): void; reject(reason: Error): void }>();
  /** Resolves when it has stopped; never rejects. */
  readonly finished: Promise<void>;

  /** @param run what the subscription does until it is stopped; it ends by what {@link mayRun} throws */
  constructor(
    readonly name: string,
    readonly source: DeliverySource,
    readonly timings: SubscriptionTimings,
    run: (delivery: Delivery) => Promise<never>,
  ) {
    const silence = source.onAppended(() => this.#ring());
    this.finished = run(this).catch((error) => {
      silence();
      this.#status = 'stopped';
      if (!(error instanceof Stopped)) this.#error = String(error);
      for (const { reject } of this.#awaiting) reject(this.#stopped());
      this.#awaiting.clear();
    });
  }

  get position(): number {
    return this.#position;
  }

  moveTo(position: number): void {
    this.#position = position;
    for (const waiter of this.#awaiting) {
      if (waiter.position > position) continue;
      this.#awaiting.delete(waiter);
      waiter.resolve();
    }
  }

  enter(status: 'waiting-for-lease' | 'running'): void {
    this.#status = status;
  }

  /** @throws Stopped */
  readonly mayRun: Permission = () => {
    if (this.#stop.signal.aborted) throw this.#stopped();
  };

  /** Tries until it works, with growing pauses; says meanwhile in the state what is wrong. */
  async persist<T>(step: () => T | Promise<T>, permission: Permission): Promise<T> {
    const status = this.#status;
    for (let failures = 0; ; failures++) {
      permission();
      try {
        const result = await step();
        if (failures > 0) {
          this.#status = status;
          this.#error = undefined;
        }
        return result;
      } catch (error) {
        permission();
        this.#status = 'failing';
        this.#error = String(error);
        await this.sleep(Math.min(FIRST_PAUSE_MS * 2 ** failures, this.timings.longestPauseMs) * (0.75 + Math.random() / 2));
      }
    }
  }

  /** Hands on every event after the position; `rest` is called whenever a batch is through. Ends by what `permission` throws. */
  async deliver(
    handle: (event: RecordedEvent) => void | Promise<void>,
    permission: Permission,
    rest?: () => Promise<void>,
  ): Promise<never> {
    for (;;) {
      const events = await this.persist(() => this.source.readAll(this.#position, BATCH), permission);
      for (const event of events) {
        await this.persist(() => handle(event), permission);
        this.moveTo(event.position);
      }
      await rest?.();
      if (events.length < BATCH) await this.#bell();
      // Reads and handlers may all be synchronous: others want their turn too.
      else await nextTurn();
    }
  }

  /** Waits; returns early on stop. */
  async sleep(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }

  async caughtUp(): Promise<void> {
    const position = await this.source.head();
    if (this.#status === 'stopped') throw this.#stopped();
    if (position <= this.#position) return;
    this.#ring();
    await new Promise<void>((resolve, reject) => this.#awaiting.add({ position, resolve, reject }));
  }

  state(): SubscriptionState {
    const { name } = this;
    return { name, status: this.#status, position: this.#position, ...(this.#error === undefined ? {} : { error: this.#error }) };
  }

  stop(): Promise<void> {
    this.#stop.abort();
    this.#ring();
    return this.finished;
  }

  #stopped(): Stopped {
    return new Stopped(`the subscription ${this.name} was stopped`);
  }

  #ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Waits until something was appended here, or until it is time to look for what others appended. */
  async #bell(): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.timings.pollMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = undefined;
    this.#rung = false;
  }
}
