/** Why Active Directory refuses a bind, in Deskhand's words. */
import type { ErrorCode } from '#libs/common';

/**
 * Only those that come after the password was found right; a locked account (775) is refused whatever the password, so it looks like a wrong one.
 * https://learn.microsoft.com/en-us/windows/win32/debug/system-error-codes
 */
const REASONS: Readonly<Record<string, ErrorCode>> = {
  '530': 'NOT_ALLOWED', // not at this hour
  '531': 'NOT_ALLOWED', // not from this machine
  '532': 'PASSWORD_EXPIRED',
  '533': 'ACCOUNT_DISABLED',
  '701': 'ACCOUNT_EXPIRED',
  '773': 'PASSWORD_MUST_CHANGE',
};

/** @param message such as `80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 533, v2580` */
export const reasonOfBind = (message: string): ErrorCode =>
  REASONS[/\bdata ([0-9a-f]+)\b/i.exec(message)?.[1] ?? ''] ?? 'INVALID_CREDENTIALS';
