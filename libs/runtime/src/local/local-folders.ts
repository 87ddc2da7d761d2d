/** Where local desktops keep what they have: short-lived run folders (sockets, logs) and homes that stay. */
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { DeskhandError } from '#libs/common';

export interface LocalFolders {
  /** One folder a run. Its path is short: a unix socket's may have 107 bytes only (unix(7)). */
  readonly runs: string;
  /** One folder a desktop. */
  readonly homes: string;
}

/**
 * Makes the folders, or finds them again after a restart: the same data folder always leads to the same ones.
 *
 * @param data the installation's data folder
 */
export function makeLocalFolders(data: string): LocalFolders {
  const folder = resolve(data);
  const key = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const runs = ownFolder(placeOfRuns(folder, `deskhand-${key}`), 0o711);
  if (!isRoot()) return { runs, homes: ownFolder(join(folder, 'homes'), 0o700) };
  // Each desktop has a uid of its own, which must be able to walk to its home.
  const base = isOpenToAll(folder) ? folder : ownFolder(join('/var/lib', `deskhand-${key}`), 0o711);
  return { runs, homes: ownFolder(join(base, 'homes'), 0o711) };
}

/** Leaves no empty folder behind in a place that is not ours; homes stay. */
export function removeLocalFolders({ runs }: LocalFolders): void {
  try {
    rmdirSync(runs);
  } catch {
    // Desktops live in it.
  }
}

export const isRoot = (): boolean => process.getuid?.() === 0;

/** Kept as a link, because the environment of the next start may name another runtime folder while desktops live in this one. */
function placeOfRuns(data: string, name: string): string {
  const link = join(data, 'runs');
  try {
    const place = readlinkSync(link);
    accessSync(dirname(place), constants.W_OK | constants.X_OK);
    // Another name: the data folder was moved or copied from where a server may still be at work.
    if (basename(place) === name) return place;
  } catch {
    // The first start, or the first since a folder that lasts only as long as a session has gone.
  }
  const place = join(runtimeFolder(), name);
  // In one step: others may be starting at the same moment.
  const beside = `${link}.${process.pid}`;
  rmSync(beside, { force: true });
  symlinkSync(place, beside);
  renameSync(beside, link);
  return place;
}

function runtimeFolder(): string {
  const candidates = isRoot() ? ['/run'] : [process.env.XDG_RUNTIME_DIR ?? ''];
  for (const candidate of candidates) {
    try {
      if (candidate === '' || candidate.length > 40) continue;
      accessSync(candidate, constants.W_OK | constants.X_OK);
      return candidate;
    } catch {
      // Not there in every container: the temporary folder always is.
    }
  }
  return tmpdir();
}

/** In a folder that others may write to, one that they made in advance must not be taken for ours. */
function ownFolder(path: string, mode: number): string {
  mkdirSync(path, { recursive: true, mode });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new DeskhandError('FOLDER_NOT_OURS', `${path} belongs to somebody else; remove it and start again.`);
  }
  chmodSync(path, mode);
  return path;
}

function isOpenToAll(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
