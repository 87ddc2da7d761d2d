/** Ids derived from what they name, so that the same thing has the same id in every replica and after every restart. */
import { hash } from 'node:crypto';
import type { UserIdentity } from './identity.js';

/** 26 characters of lower-case base32 (130 bits): valid in DNS labels, file names, URLs and Kubernetes names. */
function digestId(parts: readonly string[]): string {
  // JSON keeps the parts apart: ("a","bc") and ("ab","c") differ.
  const bytes = hash('sha256', JSON.stringify(parts), 'binary');
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let bits = 0;
  let value = 0;
  let text = '';
  for (let index = 0; text.length < 26; index++) {
    value = ((value << 8) | bytes.charCodeAt(index)) & 0xffff;
    bits += 8;
    while (bits >= 5 && text.length < 26) {
      bits -= 5;
      text += alphabet[(value >>> bits) & 31];
    }
  }
  return text;
}

/** The user's id: a hash of (provider, subject). */
export function userIdOf(identity: UserIdentity): string {
  return digestId(['user', identity.provider, identity.subject]);
}

/** An account's id: a hash of the provider and of the name that people log in with. Not the user's, whose subject only the provider knows. */
export function accountIdOf(provider: string, account: string): string {
  return digestId(['account', provider, account]);
}

/** The desktop's id: a hash of (provider, subject, profile), so that its stream is the lock of "one live desktop per user and profile". */
export function desktopIdOf(identity: UserIdentity, profile: string): string {
  return digestId(['desktop', identity.provider, identity.subject, profile]);
}

/** What a desktop's id looks like; anything else is not looked up at all. */
export const DESKTOP_ID = /^[a-z2-7]{26}$/;
