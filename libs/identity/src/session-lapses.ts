/** Ends sessions whose longest life or idle time is over though nobody came to renew them: what is open to their desktops has to close. */
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EventStore, handleCommand } from '#libs/event-sourcing';
import { IdentityViews } from './identity.views.js';
import { Rounds } from './rounds.js';
import { LapseSession } from './session.commands.js';
import { sessionDecider } from './session.decider.js';
import { sessionStream } from './session.events.js';

const LOOK_EVERY_MS = 15_000;

@Injectable()
export class SessionLapses implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #rounds = new Rounds((now) => this.look(now), 'sessions that are over could not be ended; they are tried again');

  constructor(
    private readonly store: EventStore,
    private readonly views: IdentityViews,
  ) {}

  onApplicationBootstrap(): void {
    this.#rounds.start(LOOK_EVERY_MS);
    // Those that lapsed while no server ran.
    void this.#rounds.run();
  }

  onModuleDestroy(): Promise<void> {
    return this.#rounds.stop();
  }

  /** Every replica looks; the stream decides, so each session ends once. @param now milliseconds since the epoch */
  async look(now: number): Promise<void> {
    for (const id of this.views.sessions.lapsedIds(now)) {
      await handleCommand(this.store, sessionDecider, sessionStream(id), new LapseSession(new Date(now).toISOString()));
    }
  }
}
