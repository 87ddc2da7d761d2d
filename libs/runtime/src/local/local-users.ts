/** Gives each desktop a home and, when the server runs as root, a uid of its own: the owner of its home is its uid, for ever. */
import { createHash } from 'node:crypto';
import { chownSync, mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DeskhandError } from '#libs/common';
import { isRoot } from './local-folders.js';

export interface LocalUser {
  readonly home: string;
  /** The user to become; absent where everything runs as the server's own user. */
  readonly uid?: number;
}

const UIDS_OF_AN_INSTALLATION = 10_000;
/** Above what distributions give to people and services, below 2^31: systemd's UIDS-GIDS.md. */
const LOWEST_UID = 200_000;
const RANGES = 20_000;

/** Where an installation's range of uids begins if nobody says so: another one for each data folder, as a uid is what keeps desktops apart. */
export function firstUidOf(data: string): number {
  const number = createHash('sha256').update(resolve(data)).digest().readUInt32BE(0);
  return LOWEST_UID + (number % RANGES) * UIDS_OF_AN_INSTALLATION;
}

/**
 * @param firstUid the first of the uids that are taken for desktops
 * @throws DeskhandError `DESKTOP_LIMIT_REACHED` when all of the range are taken; `FOLDER_NOT_OURS` for a home that belongs to a person
 */
export function makeLocalUser(homes: string, key: string, firstUid: number): LocalUser {
  const home = join(homes, key);
  if (!isRoot()) {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    return { home };
  }
  const owner = statSync(home, { throwIfNoEntry: false })?.uid;
  if (owner !== undefined && owner !== 0) return { home, uid: ofDesktop(owner, home, firstUid) };
  const { uid, settle } = takeUid(homes, firstUid);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  chownSync(home, uid, uid);
  settle();
  return { home, uid };
}

/**
 * The next that no home has. Until a home has it, it is held by a folder, which only one of several servers can make: two desktops never get
 * the same.
 */
function takeUid(homes: string, firstUid: number): { readonly uid: number; settle(): void } {
  const held = join(dirname(homes), 'uids');
  mkdirSync(held, { recursive: true, mode: 0o700 });
  const end = firstUid + UIDS_OF_AN_INSTALLATION;
  for (let uid = Math.max(firstUid - 1, ...ownersIn(homes).filter((each) => each < end)) + 1; uid < end; uid++) {
    const own = join(held, String(uid));
    if (!makeNew(own)) continue;
    // Looked at again: another server may have given it to a home, and let go of it, since.
    if (!ownersIn(homes).includes(uid)) return { uid, settle: () => rmdirSync(own) };
    rmdirSync(own);
  }
  throw new DeskhandError(
    'DESKTOP_LIMIT_REACHED',
    `All ${UIDS_OF_AN_INSTALLATION} users for desktops are taken: remove homes that nobody needs.`,
  );
}

const ownersIn = (homes: string): readonly number[] => readdirSync(homes).map((each) => statSync(join(homes, each)).uid);

/** @returns false when it was there already */
function makeNew(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** A person's own uid must never become a desktop's: everything that runs as it would be taken for the desktop's. */
function ofDesktop(owner: number, home: string, firstUid: number): number {
  if (owner >= Math.min(LOWEST_UID, firstUid)) return owner;
  throw new DeskhandError(
    'FOLDER_NOT_OURS',
    `The home ${home} belongs to user ${owner}, as it was made by a server that did not run as root: start it as that user again, or use another data folder.`,
  );
}
