/** All logins there ever were, from the view that MongoDB keeps. This process feeds the views of identity when no other does. */
import type { OnModuleDestroy } from '@nestjs/common';
import type { UserIdentity } from '#libs/common';
import type { PersistentView, PersistentViews } from '#libs/event-sourcing';
import type { Login } from '../login-history.js';
import { Logins } from '../logins.js';
import { userKey } from '../user-key.js';
import { type LoginRow, loginsView, toLogin } from './logins.view.js';
import { type SessionRow, sessionsView } from './sessions.view.js';

const LONGEST_QUERY_MS = 5_000;

export class MongoLogins extends Logins implements OnModuleDestroy {
  readonly #logins: PersistentView<LoginRow>;
  readonly #sessions: PersistentView<SessionRow>;

  constructor(views: PersistentViews) {
    super();
    this.#logins = views.open(loginsView);
    this.#sessions = views.open(sessionsView);
  }

  async of(user: UserIdentity, limit: number, before = Number.MAX_SAFE_INTEGER): Promise<readonly Login[]> {
    await this.#logins.caughtUp();
    const wanted = { user: userKey(user), loginPosition: { $lt: before } };
    const found = await this.#logins.ask((rows) =>
      rows.find(wanted).sort({ loginPosition: -1 }).limit(limit).maxTimeMS(LONGEST_QUERY_MS).lean<LoginRow[]>().exec(),
    );
    return found.map(toLogin);
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.#logins.stop(), this.#sessions.stop()]);
  }
}
