/** Feeds what sessions and bans tell to the views in memory: one pass over the log for all of them. */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CONFIGURATION, type Configuration } from '#libs/common';
import { caughtUpOrStuck, EventStore, type RecordedEvent, type Subscription } from '#libs/event-sourcing';
import { AttemptPolicy } from './attempt.policy.js';
import { Attempts } from './attempts.js';
import { type BanEvent, banEventOf, sourceOfStream } from './ban.events.js';
import { Bans } from './bans.js';
import { LoginHistory } from './login-history.js';
import { type SessionEvent, sessionEventOf, sessionOfStream } from './session.events.js';
import { Sessions } from './sessions.js';
import { Subjects } from './subjects.js';

/** How long somebody who asked for something waits for the views. */
const CAUGHT_UP_WITHIN_MS = 1_500;

@Injectable()
export class IdentityViews implements OnApplicationBootstrap, OnModuleDestroy {
  readonly sessions: Sessions;
  readonly logins = new LoginHistory();
  readonly attempts: Attempts;
  readonly bans = new Bans();
  readonly subjects = new Subjects();
  readonly #subscription: Subscription;

  constructor(store: EventStore, @Inject(CONFIGURATION) { identity }: Pick<Configuration, 'identity'>) {
    this.sessions = new Sessions(store, () => this.#subscription.asOf);
    this.attempts = new Attempts(new AttemptPolicy(identity.attempts));
    this.#subscription = store.follow({ name: 'identity-views', handle: (event) => this.#apply(event) });
  }

  /** Requests are taken only once the views know all that was stored, or cannot get past an event: then sessions are asked of their streams. */
  async onApplicationBootstrap(): Promise<void> {
    await caughtUpOrStuck(this.#subscription);
  }

  /** For what may not be decided on less than all that was stored. @throws DeskhandError `NOT_READY`, `STORE_UNAVAILABLE` */
  caughtUp(): Promise<void> {
    return this.#subscription.caughtUp(CAUGHT_UP_WITHIN_MS);
  }

  /** After a command, so that its caller reads what it wrote. What is stored holds also where the views are behind, so this never fails. */
  async shown(): Promise<void> {
    await this.caughtUp().catch(() => {});
  }

  async onModuleDestroy(): Promise<void> {
    await this.#subscription.stop();
  }

  #apply(event: RecordedEvent): void {
    const session = sessionOfStream(event.stream);
    if (session !== undefined) this.#applySession(session, { ...event, ...sessionEventOf(event) });
    const source = sourceOfStream(event.stream);
    if (source !== undefined) this.#applyBan(source, { ...event, ...banEventOf(event) });
  }

  #applySession(session: string, event: RecordedEvent<SessionEvent>): void {
    this.sessions.apply(session, event);
    this.logins.apply(session, event);
    this.subjects.apply(event);
    this.attempts.apply(event);
  }

  #applyBan(source: string, event: RecordedEvent<BanEvent>): void {
    this.bans.apply(source, event);
    this.attempts.apply(event);
  }
}
