/** What operators can watch of one control plane: its work as it is done, its subscriptions when somebody asks. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { EventStore } from '#libs/event-sourcing';
import { onWork, type Work } from '#libs/metrics';
import { reportSubscriptions } from './subscription-report.js';

/** A store that takes longer counts as down: Prometheus does not wait for ever either. */
const STORE_WITHIN_MS = 3_000;
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class ControlPlaneMetrics {
  readonly #registry = new Registry();
  readonly #commands;
  readonly #commandSeconds;
  readonly #reconciliations;
  readonly #reconciliationSeconds;
  readonly #events;
  readonly #storeUp;
  readonly #running;
  readonly #stuck;
  readonly #lagEvents;
  readonly #lagSeconds;
  readonly #stops: readonly (() => void)[];

  constructor(private readonly store: EventStore) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
      new Counter({ name, help, labelNames, registers });
    const histogram = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
      new Histogram({ name, help, labelNames, buckets: SECONDS, registers });
    const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
      new Gauge({ name, help, labelNames, registers });
    this.#commands = counter(
      'deskhand_commands_total',
      'Commands that were decided here, by outcome: done, or the code of the error.',
      'command',
      'outcome',
    );
    this.#commandSeconds = histogram('deskhand_command_seconds', 'From reading the stream until its new events are durable.', 'command');
    this.#events = counter('deskhand_events_appended_total', 'Events that were stored by this process, by type.', 'type');
    this.#reconciliations = counter('deskhand_reconciliations_total', 'Reconciliations of desktops here, by outcome.', 'outcome');
    this.#reconciliationSeconds = histogram('deskhand_reconciliation_seconds', 'From reading a desktop until all that it needed was done.');
    this.#storeUp = gauge('deskhand_store_up', 'Whether the event store answers.');
    const subscription = 'subscription';
    this.#running = gauge('deskhand_subscription_running', 'Whether this process handles the events of it.', subscription);
    this.#stuck = gauge('deskhand_subscription_stuck', 'Whether it stands still at an event that operators have to look at.', subscription);
    this.#lagEvents = gauge('deskhand_subscription_lag_events', 'Events that it has not handled.', subscription);
    this.#lagSeconds = gauge('deskhand_subscription_lag_seconds', 'Age of the oldest event that it has not handled.', subscription);
    this.#stops = [
      onWork((work) => this.#count(work)),
      store.onAppended((events) => {
        for (const { type } of events) this.#events.inc({ type });
      }),
    ];
  }

  /** In Prometheus' text format; what the store says of subscriptions is left out while it does not answer. */
  async text(): Promise<string> {
    await this.#look();
    return this.#registry.metrics();
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#registry.clear();
  }

  #count({ kind, name: command, outcome, seconds }: Work): void {
    if (kind === 'command') {
      this.#commands.inc({ command, outcome });
      this.#commandSeconds.observe({ command }, seconds);
    } else {
      this.#reconciliations.inc({ outcome });
      this.#reconciliationSeconds.observe(seconds);
    }
  }

  async #look(): Promise<void> {
    const reports = await withinTime(reportSubscriptions(this.store, Date.now()));
    this.#storeUp.set(reports ? 1 : 0);
    for (const gauge of [this.#running, this.#stuck, this.#lagEvents, this.#lagSeconds]) gauge.reset();
    for (const { name: subscription, runsHere, isStuck, lagEvents, lagSeconds } of reports ?? []) {
      this.#running.set({ subscription }, runsHere ? 1 : 0);
      this.#stuck.set({ subscription }, isStuck ? 1 : 0);
      this.#lagEvents.set({ subscription }, lagEvents);
      this.#lagSeconds.set({ subscription }, lagSeconds);
    }
  }
}

/** Undefined where it fails or takes too long. */
async function withinTime<T>(work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, STORE_WITHIN_MS, undefined);
  });
  try {
    return await Promise.race([work.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
