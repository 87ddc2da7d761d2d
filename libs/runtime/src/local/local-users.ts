/** Gives each desktop a home and, when the server runs as root, a uid of its own: the owner of its home is its uid, for ever. */
import { chownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot } from './local-folders.js';

export interface LocalUser {
  readonly home: string;
  /** The user to become; absent where everything runs as the server's own user. */
  readonly uid?: number;
}

/** @param firstUid uids from here on are taken for desktops */
export function makeLocalUser(homes: string, key: string, firstUid: number): LocalUser {
  const home = join(homes, key);
  if (!isRoot()) {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    return { home };
  }
  const owner = statSync(home, { throwIfNoEntry: false })?.uid;
  if (owner !== undefined && owner >= firstUid) return { home, uid: owner };
  // No await between reading the owners and taking the next uid, so two desktops of this process never get the same.
  const uid = Math.max(firstUid - 1, ...readdirSync(homes).map((each) => statSync(join(homes, each)).uid)) + 1;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  chownSync(home, uid, uid);
  return { home, uid };
}
