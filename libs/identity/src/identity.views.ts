/** Feeds what sessions tell to the views in memory: one pass over the log for all of them. */
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EventStore, type RecordedEvent, type Subscription } from '#libs/event-sourcing';
import { LoginHistory } from './login-history.js';
import { type SessionEvent, sessionOfStream } from './session.events.js';
import { Sessions } from './sessions.js';

@Injectable()
export class IdentityViews implements OnApplicationBootstrap, OnModuleDestroy {
  readonly sessions: Sessions;
  readonly logins = new LoginHistory();
  readonly #subscription: Subscription;

  constructor(store: EventStore) {
    this.sessions = new Sessions(store);
    this.#subscription = store.follow({ name: 'identity-views', handle: (event) => this.#apply(event) });
  }

  /** Requests are taken only once the views know all that was stored. */
  async onApplicationBootstrap(): Promise<void> {
    await this.#subscription.caughtUp();
  }

  /** After a command: so that its caller reads what it wrote. */
  caughtUp(): Promise<void> {
    return this.#subscription.caughtUp();
  }

  async onModuleDestroy(): Promise<void> {
    await this.#subscription.stop();
  }

  #apply(event: RecordedEvent): void {
    const session = sessionOfStream(event.stream);
    if (session === undefined) return;
    const recorded = event as RecordedEvent<SessionEvent>;
    this.sessions.apply(session, recorded);
    this.logins.apply(session, recorded);
  }
}
