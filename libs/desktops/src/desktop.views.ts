/** The desktops' view in memory and the lines of their progress: both follow the log, every process for itself. */
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { caughtUpOrStuck, EventStore, type RecordedEvent, type Subscription } from '#libs/event-sourcing';
import { Progress } from '#libs/progress';
import { desktopStream } from './desktop.events.js';
import { progressOf } from './desktop.progress.js';
import { DesktopProjection } from './desktop.projection.js';

/** How long somebody who asked for a desktop waits for the view. */
const CAUGHT_UP_WITHIN_MS = 1_500;
/** After a restart the last events are told again, for whoever was waiting; lines that are there already are dropped. */
const RETOLD_EVENTS = 500;

@Injectable()
export class DesktopViews extends DesktopProjection implements OnModuleInit, OnModuleDestroy {
  #view?: Subscription;
  #lines?: Subscription;

  constructor(
    private readonly store: EventStore,
    private readonly progress: Progress,
  ) {
    super();
  }

  async onModuleInit(): Promise<void> {
    const from = Math.max(0, (await this.store.head()) - RETOLD_EVENTS);
    this.#view = this.store.follow({ name: 'desktop-views', handle: (event) => this.apply(event) });
    this.#lines = this.store.follow({ name: 'desktop-progress', from, handle: (event) => this.#tell(event) });
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.#view?.stop(), this.#lines?.stop()]);
  }

  /** Makes the progress port know the whole story of a desktop, though it may have lost it: lines that are there already are dropped. */
  async retell(id: string): Promise<void> {
    for (const event of await this.store.read(desktopStream(id))) await this.#tell(event);
  }

  async #tell(event: RecordedEvent): Promise<void> {
    for (const { topic, line } of progressOf(event)) await this.progress.publish(topic, line);
  }

  /** At the start: when the view knows everything that was stored, or cannot get past an event. */
  async started(): Promise<void> {
    if (this.#view) await caughtUpOrStuck(this.#view);
  }

  /**
   * After a command: waits a moment for what was stored before the call. What is stored holds also where the view is behind, so this never fails. The lines
   * of progress are not waited for: they may be lost.
   */
  async shown(): Promise<void> {
    await this.#view?.caughtUp(CAUGHT_UP_WITHIN_MS).catch(() => {});
  }
}
