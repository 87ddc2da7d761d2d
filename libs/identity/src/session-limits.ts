/** How many sessions may live at once: of all together, for each costs memory in every replica; of one user; and where a provider lets in whoever comes. */
import { Injectable } from '@nestjs/common';
import { DeskhandError, type UserIdentity } from '#libs/common';
import { EventStore } from '#libs/event-sourcing';
import { networkOf } from './address.js';
import { IdentityViews } from './identity.views.js';
import type { IdentityProvider } from './identity-provider.js';
import { EndSession } from './session.commands.js';
import { endSession } from './session.handlers.js';
import { Turnstile } from './turnstile.js';

export const MOST_SESSIONS = 50_000;
/** Nobody has so many browsers: what comes beyond ends the oldest, so that one account cannot use up the places of all. */
export const MOST_PER_USER = 500;

const PLACES_IN_QUEUE = 1_000;
const LONGEST_WAIT_MS = 10_000;

interface Bound {
  readonly count: number;
  readonly most: number;
  /** Of what there are too many. */
  readonly what: string;
}

@Injectable()
export class SessionLimits {
  /** Of each provider with limits: one session is opened after the other, so that each counts all before it. */
  readonly #queues = new Map<string, Turnstile>();

  constructor(
    private readonly store: EventStore,
    private readonly views: IdentityViews,
  ) {}

  /**
   * Opens a session where there is room for one. Replicas that fill the last place at the same moment may each have it.
   * @param address of the client
   * @throws DeskhandError `TOO_MANY_SESSIONS`, `TOO_MANY_REQUESTS`
   */
  async within<Opened>(provider: IdentityProvider, user: UserIdentity, address: string, open: () => Promise<Opened>): Promise<Opened> {
    const { sessions } = this.views;
    refuseFull([{ count: sessions.count(), most: MOST_SESSIONS, what: 'in all' }]);
    await this.#makeRoomFor(user);
    const { id, limits } = provider;
    if (!limits) return open();
    return this.#queueOf(id).pass(async () => {
      await this.views.caughtUp();
      const network = networkOf(address);
      refuseFull([
        { count: sessions.count({ provider: id }), most: limits.sessions, what: 'of this kind' },
        { count: sessions.count({ provider: id, network }), most: limits.sessionsPerAddress, what: 'of this kind from your network' },
      ]);
      return open();
    });
  }

  #queueOf(provider: string): Turnstile {
    const queue = this.#queues.get(provider) ?? new Turnstile(1, PLACES_IN_QUEUE, LONGEST_WAIT_MS);
    this.#queues.set(provider, queue);
    return queue;
  }

  async #makeRoomFor(user: UserIdentity): Promise<void> {
    if (this.views.sessions.count({ user }) < MOST_PER_USER) return;
    const oldest = this.views.sessions.oldestOf(user);
    if (oldest) await endSession(this.store, new EndSession(oldest, 'replaced', new Date().toISOString()));
  }
}

function refuseFull(bounds: readonly Bound[]): void {
  const full = bounds.find(({ count, most }) => count >= most);
  if (full) throw new DeskhandError('TOO_MANY_SESSIONS', `There are ${full.most} open sessions ${full.what}.`, { retryAfter: 60 });
}
