/**
 * Ends the sessions of people whom their provider no longer lets in though nobody comes to renew them: a desktop that is open in a browser would stay open
 * until the session lapses.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CONFIGURATION, type Configuration, DeskhandError, type UserIdentity } from '#libs/common';
import { EventStore, type Lease, LeaseLost } from '#libs/event-sourcing';
import { IdentityViews } from './identity.views.js';
import { cannotTell, IdentityProviders } from './identity-providers.js';
import { Rounds } from './rounds.js';
import { EndSession } from './session.commands.js';
import { endSession } from './session.handlers.js';
import { userKey } from './user-key.js';

const LOOK_EVERY_MS = 15_000;
const LEASE_MS = 4 * LOOK_EVERY_MS;
/** Of one provider in one look, one after the other: a directory hardly notices. The next look goes on. */
const MOST_AT_ONCE = 100;

@Injectable()
export class Dismissals implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #rounds = new Rounds((now) => this.#inTurn(now), 'accounts of open sessions could not be looked at; they are tried again');
  readonly #everyMs: number;
  #lease: Lease | undefined;
  /** When each user was looked at, milliseconds since the epoch: of those who still have such sessions. */
  #lookedAt = new Map<string, number>();

  constructor(
    private readonly store: EventStore,
    private readonly views: IdentityViews,
    private readonly providers: IdentityProviders,
    @Inject(CONFIGURATION) { identity }: Configuration,
  ) {
    this.#everyMs = identity.session.lookSeconds * 1000;
  }

  onApplicationBootstrap(): void {
    this.#rounds.start(Math.min(LOOK_EVERY_MS, this.#everyMs));
  }

  async onModuleDestroy(): Promise<void> {
    await this.#rounds.stop();
    await this.#lease?.release();
  }

  /** One replica asks for all of them, for as long as it lives. */
  async #inTurn(now: number): Promise<void> {
    try {
      await this.#lease?.renew(LEASE_MS);
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      this.#lease = undefined;
    }
    this.#lease ??= await this.store.acquireLease('identity-dismissals', LEASE_MS);
    if (this.#lease) await this.#look(now);
  }

  async #look(now: number): Promise<void> {
    const quiet = this.views.sessions.usersUnrenewedSince(now - this.#everyMs);
    const keys = new Map(quiet.map((user) => [userKey(user), user]));
    this.#lookedAt = new Map([...this.#lookedAt].filter(([key]) => keys.has(key)));
    const due = [...keys].filter(([key]) => (this.#lookedAt.get(key) ?? 0) <= now - this.#everyMs);
    const byProvider = Map.groupBy(due, ([, { provider }]) => provider);
    await Promise.all([...byProvider.values()].map((users) => this.#askFor(users.slice(0, MOST_AT_ONCE), now)));
  }

  async #askFor(users: readonly (readonly [string, UserIdentity])[], now: number): Promise<void> {
    for (const [key, user] of users) {
      try {
        if (!(await this.providers.stillAllowed(user))) await this.#dismiss(user);
      } catch (error) {
        // A directory that is down dismisses nobody: all of its people are looked at when it is back.
        if (error instanceof DeskhandError && cannotTell(error)) return;
        throw error;
      }
      this.#lookedAt.set(key, now);
    }
  }

  async #dismiss(user: UserIdentity): Promise<void> {
    const at = new Date().toISOString();
    for (const { id } of this.views.sessions.of(user)) await endSession(this.store, new EndSession(id, 'not-allowed', at));
  }
}
