/** The port through which people read who logged in as them. Adapters: memory, mongo; one contract suite holds them to this page. */
import type { UserIdentity } from '#libs/common';
import type { Login } from './login-history.js';

export abstract class Logins {
  /** The user's logins before a position (all by default), the newest first; those that were stored before the call, as a rule. */
  abstract of(user: UserIdentity, limit: number, before?: number): Promise<readonly Login[]>;
}
