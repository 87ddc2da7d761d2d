/** Keeps every desktop reconciled in this process: what to look at (events, watches, a timer) goes into one queue of ids. */
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CONFIGURATION, type Configuration, DeskhandError } from '#libs/common';
import { EventStore, type Lease, LeaseLost, type RecordedEvent, type Subscription } from '#libs/event-sourcing';
import { LoginFiles } from '#libs/identity';
import { measured } from '#libs/metrics';
import { Runtime } from '#libs/runtime';
import { DesktopSecrets } from '#libs/tokens';
import { desktopOfStream } from './desktop.events.js';
import { DesktopNotices } from './desktop.notices.js';
import { type ReconcilerParts, reconcileDesktop } from './desktop.reconciler.js';
import { DesktopViews } from './desktop.views.js';
import { ReconcileQueue } from './reconcile-queue.js';

const CONCURRENCY = 32;
/** Short enough that a killed replica's desktops are taken over within 5 s; renewed while a reconciliation takes longer. */
const LEASE_MS = 4_000;
const HELD_ELSEWHERE_MS = 500;

interface HeldDesktop {
  readonly lease: Lease;
  /** By `performance.now()`. */
  until: number;
  /** Position of the newest event that this process has appended meanwhile: it has been looked at. */
  heard: number;
}

@Injectable()
export class DesktopReconciliation implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('desktops');
  readonly #parts: ReconcilerParts;
  readonly #queue: ReconcileQueue;
  readonly #leases = new Map<string, HeldDesktop>();
  readonly #stops: (() => void)[] = [];
  readonly #troubles = new Map<string, string>();
  /** From the first time that this process got hold of a desktop until it is settled or another has it. */
  readonly #tendedSince = new Map<string, number>();
  #reaction?: Subscription;

  constructor(
    private readonly store: EventStore,
    private readonly runtime: Runtime,
    private readonly views: DesktopViews,
    notices: DesktopNotices,
    secrets: DesktopSecrets,
    files: LoginFiles,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {
    const { deadlines, idleSeconds } = configuration.desktops;
    this.#parts = {
      store,
      runtime,
      deadlines: { ...deadlines, idleMs: idleSeconds * 1000 },
      troubles: this.#troubles,
      tendedSince: (desktop) => this.#tendedSince.get(desktop),
      strangers: new Map(),
      secretOf: (desktop, run) => secrets.secretOf({ desktop, run }),
      userFilesOf: (owner, profile) => files.of(owner, profile),
      onUnreachable: (desktop, state) => notices.unreachable(desktop, state),
      mayAct: (desktop) => this.#mayAct(desktop),
    };
    this.#queue = new ReconcileQueue({
      concurrency: CONCURRENCY,
      work: (id) => this.#work(id),
      onFailure: (desktop, error, nextInMs) => {
        if (!(error instanceof LeaseLost)) this.#troubles.set(desktop, troubleOf(error));
        this.#logger.warn({ msg: 'a desktop could not be reconciled; it is tried again', desktop, nextInMs, err: error });
      },
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.views.started();
    this.#stops.push(this.store.onAppended((events) => this.#addAll(events)));
    this.#stops.push(this.views.onApplied((id, position) => this.#addHeld(id, position)));
    this.#stops.push(this.runtime.onChange((id) => this.#queue.add(id)));
    this.#reaction = this.store.react({
      name: 'desktops',
      handle: async (event) => this.#addAll([event]),
      onLeaseGained: () => this.#takeOver(),
    });
    const timer = setInterval(() => void this.#sweep(), this.configuration.desktops.sweepMs);
    this.#stops.push(() => clearInterval(timer));
    await this.#sweep();
  }

  async onModuleDestroy(): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.#reaction?.stop();
    await this.#queue.close();
    await Promise.allSettled([...this.#leases.values()].map(({ lease }) => lease.release()));
  }

  /** Everything that should be there and everything that is there: whatever either misses, the other brings up. */
  async #sweep(): Promise<void> {
    for (const id of this.views.unfinished()) this.#queue.add(id);
    try {
      for (const { desktop } of (await this.runtime.list()) ?? []) this.#queue.add(desktop);
    } catch (error) {
      this.#logger.warn({ msg: 'the runtime could not be listed', err: error });
    }
  }

  /** What was stored before, the last who had the reaction may have left undone. */
  async #takeOver(): Promise<void> {
    await this.views.shown();
    await this.#sweep();
  }

  #addAll(events: readonly RecordedEvent[]): void {
    for (const { stream, position } of events) {
      const id = desktopOfStream(stream);
      if (id === undefined) continue;
      const held = this.#leases.get(id);
      if (held) held.heard = position;
      this.#queue.add(id);
    }
  }

  /** Whoever stored the event cannot act on it while this process has the desktop. */
  #addHeld(id: string, position: number): void {
    const held = this.#leases.get(id);
    if (held && position > held.heard) this.#queue.add(id);
  }

  async #work(id: string): Promise<number | undefined> {
    if (!(await this.#lease(id))) {
      this.#tendedSince.delete(id);
      return Date.now() + HELD_ELSEWHERE_MS;
    }
    if (!this.#tendedSince.has(id)) this.#tendedSince.set(id, Date.now());
    const again = await measured('reconciliation', 'desktop', () => reconcileDesktop(id, this.#parts));
    this.#troubles.delete(id);
    if (again === undefined || again > Date.now() + LEASE_MS) {
      this.#tendedSince.delete(id);
      await this.#release(id);
    }
    return again;
  }

  /** Whether this process may act on the desktop for the next seconds. */
  async #lease(id: string): Promise<boolean> {
    const held = this.#leases.get(id);
    // A reconciliation should fit into what is left of it.
    if (held && held.until - performance.now() > LEASE_MS / 2) return true;
    await this.#release(id);
    const until = performance.now() + LEASE_MS;
    const lease = await this.store.acquireLease(`desktop-${id}`, LEASE_MS);
    if (lease) this.#leases.set(id, { lease, until, heard: 0 });
    return lease !== undefined;
  }

  /** By this process's own clock, which goes on while it stands still; renewed in time. @throws LeaseLost */
  async #mayAct(id: string): Promise<void> {
    const held = this.#leases.get(id);
    const left = (held?.until ?? 0) - performance.now();
    if (!held || left <= 0) throw new LeaseLost(`desktop-${id}`);
    if (left > LEASE_MS / 2) return;
    const until = performance.now() + LEASE_MS;
    await held.lease.renew(LEASE_MS);
    held.until = until;
  }

  async #release(id: string): Promise<void> {
    const held = this.#leases.get(id);
    this.#leases.delete(id);
    await held?.lease.release();
  }
}

const MAX_TROUBLE = 500;

/** In one line, for whoever reads the cause. */
function troubleOf(error: unknown): string {
  const text = error instanceof DeskhandError ? error.detail : error instanceof Error ? error.message : String(error);
  return text.slice(0, MAX_TROUBLE);
}
