/** Ends sessions whose longest life or idle time is over though nobody came to renew them: what is open to their desktops has to close. */
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EventStore, handleCommand } from '#libs/event-sourcing';
import { IdentityViews } from './identity.views.js';
import { LapseSession } from './session.commands.js';
import { sessionDecider } from './session.decider.js';
import { sessionStream } from './session.events.js';

const LOOK_EVERY_MS = 15_000;
/** In one look; the next one goes on. */
const MOST_AT_ONCE = 500;

@Injectable()
export class SessionLapses implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('identity');
  #timer?: NodeJS.Timeout;
  #work: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: EventStore,
    private readonly views: IdentityViews,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => {
      this.#work = this.#work.then(() => this.look(Date.now()));
    }, LOOK_EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.#timer);
    await this.#work;
  }

  /** Every replica looks; the stream decides, so each session ends once. @param now milliseconds since the epoch */
  async look(now: number): Promise<void> {
    try {
      for (const id of this.views.sessions.lapsedIds(now).slice(0, MOST_AT_ONCE)) {
        await handleCommand(this.store, sessionDecider, sessionStream(id), new LapseSession(new Date(now).toISOString()));
      }
    } catch (error) {
      this.#logger.warn({ msg: 'sessions that are over could not be ended; they are tried again', err: error });
    }
  }
}
