/** Which accounts nobody gets in with any more. */
import { expect, it } from 'vitest';
import { LdapEntry } from '../directory/ldap-entry.js';
import { whyUnusable } from './account-state.js';

const DAY = 20_000;

it.each([
  [{}, undefined],
  [{ nsAccountLock: 'TRUE' }, 'ACCOUNT_DISABLED'],
  [{ nsaccountlock: 'true' }, 'ACCOUNT_DISABLED'],
  [{ nsAccountLock: 'FALSE' }, undefined],
  [{ pwdAccountLockedTime: '000001010000Z' }, 'ACCOUNT_DISABLED'],
  [{ pwdAccountLockedTime: '20261124120000Z' }, undefined],
  [{ shadowExpire: String(DAY - 1) }, 'ACCOUNT_EXPIRED'],
  [{ shadowExpire: String(DAY) }, 'ACCOUNT_EXPIRED'],
  [{ shadowExpire: String(DAY + 1) }, undefined],
  [{ shadowExpire: '0' }, undefined],
  [{ shadowExpire: '-1' }, undefined],
  [{ shadowExpire: 'never' }, undefined],
])('an account with %j: %s', (attributes, code) =>
  expect(whyUnusable(new LdapEntry({ dn: 'cn=x', ...attributes }), DAY * 86_400_000)).toBe(code),
);
