/** The newest logins, from the views that this process has in memory. */
import type { UserIdentity } from '#libs/common';
import type { IdentityViews } from '../identity.views.js';
import type { Login } from '../login-history.js';
import { Logins } from '../logins.js';

export class MemoryLogins extends Logins {
  constructor(private readonly views: Pick<IdentityViews, 'shown' | 'logins'>) {
    super();
  }

  async of(user: UserIdentity, limit: number, before?: number): Promise<readonly Login[]> {
    await this.views.shown();
    return this.views.logins.of(user, limit, before);
  }
}
