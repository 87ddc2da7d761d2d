/** What LDAP directories say of an account that nobody should get in with any more. Pure. */
import type { LdapEntry } from '../directory/ldap-entry.js';

export const STATE_ATTRIBUTES = ['nsAccountLock', 'pwdAccountLockedTime', 'shadowExpire'];

/** Locked until an administrator opens it (draft-behera-ldap-password-policy, 5.3.3). A lock with a time is somebody's guessing: binds tell, and it ends no session. */
const LOCKED_FOR_GOOD = '000001010000Z';
const DAY_MS = 86_400_000;

/** @param now milliseconds since the epoch */
export function whyUnusable(entry: LdapEntry, now: number): 'ACCOUNT_DISABLED' | 'ACCOUNT_EXPIRED' | undefined {
  if (entry.first('nsAccountLock')?.toLowerCase() === 'true') return 'ACCOUNT_DISABLED';
  if (entry.first('pwdAccountLockedTime') === LOCKED_FOR_GOOD) return 'ACCOUNT_DISABLED';
  // Days since the epoch; 0 and -1 say "never", as shadow(5) has it.
  const lastDay = Number(entry.first('shadowExpire') ?? -1);
  return lastDay > 0 && now / DAY_MS >= lastDay ? 'ACCOUNT_EXPIRED' : undefined;
}
