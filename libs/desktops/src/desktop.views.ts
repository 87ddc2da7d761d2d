/** The desktops' view in memory and the lines of their progress: both follow the log, every process for itself. */
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { EventStore, type RecordedEvent, type Subscription } from '#libs/event-sourcing';
import { Progress } from '#libs/progress';
import { desktopStream } from './desktop.events.js';
import { progressOf } from './desktop.progress.js';
import { DesktopProjection } from './desktop.projection.js';

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

  /** Resolves when the view knows everything that was stored before the call. The lines of progress are not waited for: they may be lost. */
  async caughtUp(): Promise<void> {
    await this.#view?.caughtUp();
  }
}
