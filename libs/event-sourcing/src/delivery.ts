/** The loop under every subscription: reads on from a position and hands over one event after the other, for as long as it takes. */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { DeskhandError } from '#libs/common';
import type { EventStore, RecordedEvent, Subscription, SubscriptionState } from './event-store.js';
import type { Instruction } from './supervision.js';

/** How patient subscriptions are, in milliseconds. */
export interface SubscriptionTimings {
  /** After this time at the latest events of other processes are seen. */
  readonly pollMs: number;
  /** How long a runner that says nothing keeps its lease. */
  readonly leaseMs: number;
  /** A checkpoint is saved no more often than this: what a crash repeats against what saving costs. */
  readonly checkpointMs: number;
  /** The longest pause between two tries of a handler that fails. */
  readonly longestPauseMs: number;
}

export const defaultTimings: SubscriptionTimings = { pollMs: 500, leaseMs: 4_000, checkpointMs: 500, longestPauseMs: 10_000 };

const BATCH = 500;
const FIRST_PAUSE_MS = 50;
/** What fails so often is named to operators; before that it may have been the weather. */
const NAMED_AFTER_TRIES = 3;
/** How often one that pauses looks for what operators say. */
const ASK_OPERATOR_MS = 1_000;

export type DeliverySource = Pick<EventStore, 'readAll' | 'head' | 'onAppended' | 'supervision'>;

/** What is handed on, and to whom. */
export interface Handlers {
  handle(event: RecordedEvent): void | Promise<void>;
  handleAll?(events: readonly RecordedEvent[]): Promise<void>;
}

/** Ends the loop of a subscription; callers of `caughtUp` see it. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Throws when the loop may not go on. */
type Permission = () => void;

/** Waits until the position has been handled; infinite until it is known. */
interface Waiter extends PromiseWithResolvers<void> {
  position: number;
}

type Attempt<T> = { readonly done: true; readonly value: T } | { readonly done: false; readonly error: string };

export class Delivery implements Subscription {
  #status: SubscriptionState['status'] = 'running';
  /** What it was before it failed. */
  #before: SubscriptionState['status'] = 'running';
  #position = 0;
  #asOf = Number.NEGATIVE_INFINITY;
  #error: string | undefined;
  /** Since the last look. */
  #rung = false;
  /** There may be something that only the store can tell. */
  #mustRead = false;
  /** What was appended in this process since: it is as it was stored, so nobody has to read it where it comes next. */
  #told: RecordedEvent[] = [];
  #wake: (() => void) | undefined;
  readonly #stop = new AbortController();
  readonly #awaiting = new Set<Waiter>();
  /** That many wait for. */
  #nextHead: Promise<number> | undefined;
  /** Positions that operators see as troubles of this subscription: each is one no more once it is passed. */
  readonly #named = new Set<number>();
  /** Resolves when it has stopped; never rejects. */
  readonly finished: Promise<void>;

  /** @param run what the subscription does until it is stopped; it ends by what {@link mayRun} throws */
  constructor(
    readonly name: string,
    readonly source: DeliverySource,
    readonly timings: SubscriptionTimings,
    run: (delivery: Delivery) => Promise<never>,
  ) {
    const silence = source.onAppended((events) => this.#hear(events));
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

  get asOf(): number {
    return this.#asOf;
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

  /** Tries what handlers want until it works, with growing pauses; says meanwhile in the state what is wrong. */
  async persist<T>(step: () => T | Promise<T>, permission: Permission): Promise<T> {
    for (let failures = 0; ; failures++) {
      const result = await this.#attempt(step, permission);
      if (result.done) return result.value;
      await this.sleep(this.#pauseAfter(failures));
    }
  }

  /**
   * Asks the store until it answers. No pause is longer than those between two looks for events, and the doorbell ends it: once the store is back, nobody
   * goes on by what was before.
   */
  async ask<T>(question: () => T | Promise<T>, permission: Permission): Promise<T> {
    for (;;) {
      const result = await this.#attempt(question, permission);
      if (result.done) return result.value;
      await this.#bell(this.timings.pollMs * jitter());
    }
  }

  /** Takes in what operators see of this subscription: another process may have met it, or an earlier one under this name. */
  async recall(permission: Permission): Promise<void> {
    for (const { subscription, position, instruction } of await this.ask(() => this.source.supervision.troubles(), permission))
      if (subscription === this.name && instruction?.kind !== 'skip') this.#named.add(position);
  }

  /** Hands on every event after the position; `rest` is called whenever a batch is through. Ends by what `permission` throws. */
  async deliver(handlers: Handlers, permission: Permission, rest?: () => Promise<void>): Promise<never> {
    let readAt = Number.NEGATIVE_INFINITY;
    const look = () => {
      readAt = performance.now();
      this.#mustRead = false;
      return this.source.readAll(this.#position, BATCH);
    };
    for (;;) {
      this.#rung = false;
      const told = this.#takeTold();
      const isTold = told.length > 0 && !this.#mustRead && performance.now() - readAt < this.timings.pollMs;
      const events = isTold ? told : await this.ask(look, permission);
      if (!(await this.#handOnTogether(events, handlers, permission))) {
        for (const event of events) {
          await this.#handOn(event, handlers, permission);
          this.moveTo(event.position);
          await this.#clearPassed();
        }
      }
      await this.#clearPassed();
      if (!isTold && events.length < BATCH) this.#asOf = readAt;
      await rest?.();
      // While these were handled, others may have come. Reads and handlers may all be synchronous: others want their turn too.
      if (events.length === BATCH || this.#rung) await nextTurn();
      else await this.#bell(Math.max(0, readAt + this.timings.pollMs - performance.now()));
    }
  }

  #hear(events: readonly RecordedEvent[]): void {
    this.#told.push(...events);
    if (this.#told.length > BATCH) {
      this.#told = [];
      this.#mustRead = true;
    }
    this.#ring();
  }

  /** What comes next, if it was told: between positions that follow each other there is nothing. All of it is read where something else came in between. */
  #takeTold(): readonly RecordedEvent[] {
    const told = this.#told.filter(({ position }) => position > this.#position);
    this.#told = [];
    return told.every(({ position }, index) => position === this.#position + 1 + index) ? told : [];
  }

  async #handOnTogether(events: readonly RecordedEvent[], { handleAll }: Handlers, permission: Permission): Promise<boolean> {
    const last = events.at(-1);
    if (!handleAll || !last || events.length < 2) return false;
    permission();
    try {
      await handleAll(events);
    } catch {
      // One by one they show which of them it is.
      return false;
    }
    this.moveTo(last.position);
    return true;
  }

  /** Until it is handled, or an operator has it left out. */
  async #handOn(event: RecordedEvent, { handle }: Handlers, permission: Permission): Promise<void> {
    const { supervision } = this.source;
    const { position, stream, type } = event;
    const since = new Date().toISOString();
    for (let failures = 0; ; failures++) {
      const result = await this.#attempt(() => handle(event), permission);
      if (result.done) return;
      // What operators see and say may be out of reach just now: the next try tells it again.
      const instruction = await supervision.instruction(this.name, position).catch(() => undefined);
      if (instruction?.kind === 'skip') {
        this.#recover();
        return;
      }
      if (failures + 1 >= NAMED_AFTER_TRIES) {
        this.#named.add(position);
        const trouble = { subscription: this.name, position, stream, type, error: result.error, since };
        await supervision.report(trouble).catch(() => {});
      }
      await this.#pauseUnlessTold(position, instruction, this.#pauseAfter(failures));
    }
  }

  /** What cannot be said just now is said after the next look. */
  async #clearPassed(): Promise<void> {
    if (this.#named.size === 0) return;
    const { supervision } = this.source;
    for (const position of this.#named) {
      if (position > this.#position) continue;
      try {
        await supervision.clear(this.name, position);
        this.#named.delete(position);
      } catch {
        return;
      }
    }
  }

  async #pauseUnlessTold(position: number, known: Instruction | undefined, ms: number): Promise<void> {
    for (let left = ms; left > 0 && !this.#stop.signal.aborted; left -= ASK_OPERATOR_MS) {
      await this.sleep(Math.min(left, ASK_OPERATOR_MS));
      if (left <= ASK_OPERATOR_MS) return;
      const told = await this.source.supervision.instruction(this.name, position).catch(() => known);
      if (JSON.stringify(told) !== JSON.stringify(known)) return;
    }
  }

  async #attempt<T>(step: () => T | Promise<T>, permission: Permission): Promise<Attempt<T>> {
    permission();
    try {
      const value = await step();
      this.#recover();
      return { done: true, value };
    } catch (error) {
      permission();
      if (this.#status !== 'failing') this.#before = this.#status;
      this.#status = 'failing';
      this.#error = String(error);
      return { done: false, error: this.#error };
    }
  }

  #recover(): void {
    if (this.#status !== 'failing') return;
    this.#status = this.#before;
    this.#error = undefined;
  }

  #pauseAfter(failures: number): number {
    return Math.min(FIRST_PAUSE_MS * 2 ** failures, this.timings.longestPauseMs) * jitter();
  }

  /** Waits; returns early on stop. */
  async sleep(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }

  async caughtUp(withinMs?: number): Promise<void> {
    const waiter: Waiter = { position: Number.POSITIVE_INFINITY, ...Promise.withResolvers<void>() };
    const timer = withinMs === undefined ? undefined : setTimeout(() => waiter.reject(this.#late()), withinMs);
    this.#awaiting.add(waiter);
    try {
      void this.#awaitHead(waiter).catch(waiter.reject);
      await waiter.promise;
    } finally {
      clearTimeout(timer);
      this.#awaiting.delete(waiter);
    }
  }

  async #awaitHead(waiter: Waiter): Promise<void> {
    const head = await this.#askHead();
    if (this.#status === 'stopped') throw this.#stopped();
    waiter.position = head;
    if (head <= this.#position) waiter.resolve();
    else if ((this.#told.at(-1)?.position ?? 0) < head) this.wake();
  }

  /** Never from before it was asked for; whoever asks in the same turn of the loop is told the same. */
  #askHead(): Promise<number> {
    this.#nextHead ??= nextTurn().then(() => {
      this.#nextHead = undefined;
      return this.source.head();
    });
    return this.#nextHead;
  }

  #late(): DeskhandError {
    return new DeskhandError('NOT_READY', `The subscription ${this.name} does not get on just now.`, { retryAfter: 1 });
  }

  state(): SubscriptionState {
    const { name } = this;
    return { name, status: this.#status, position: this.#position, ...(this.#error === undefined ? {} : { error: this.#error }) };
  }

  stop(): Promise<void> {
    this.#stop.abort();
    this.wake();
    return this.finished;
  }

  #stopped(): Stopped {
    return new Stopped(`the subscription ${this.name} was stopped`);
  }

  /** There is something to read. */
  wake(): void {
    this.#mustRead = true;
    this.#ring();
  }

  #ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Waits until something was appended here, or until it is time to look for what others appended, in milliseconds. */
  async #bell(withinMs: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, withinMs);
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

/** So that those who failed together do not all come back together. */
const jitter = (): number => 0.75 + Math.random() / 2;
