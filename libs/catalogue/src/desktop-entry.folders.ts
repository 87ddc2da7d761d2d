/** Finds the `.desktop` files of folders, and notices cheaply when they change. Everything is bounded: folders may be anybody's. */
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A file found, and what tells a changed one from the same. */
export interface EntryFile {
  /** Desktop file id without `.desktop`: its path below the folder, joined by `-`. */
  readonly id: string;
  readonly file: string;
  readonly stamp: string;
}

const MAX_FILES = 5_000;
const MAX_DEPTH = 4;
const MAX_FILE_BYTES = 256 * 1024;

/** The files of all folders; of two with the same id the one in the earlier folder counts. Folders that cannot be read are empty. */
export function findEntryFiles(folders: readonly string[]): readonly EntryFile[] {
  const found = new Map<string, EntryFile>();
  for (const folder of folders) collect(folder, [], found);
  return [...found.values()];
}

/** The text of a file; undefined where it has gone or cannot be an entry. */
export function readEntryFile(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function collect(folder: string, below: readonly string[], found: Map<string, EntryFile>): void {
  for (const item of listFolder(folder)) {
    const path = [...below, item.name];
    if (found.size >= MAX_FILES) return;
    if (item.isDirectory() && path.length < MAX_DEPTH) collect(join(folder, item.name), path, found);
    else if (item.name.endsWith('.desktop')) add(path.join('-').slice(0, -'.desktop'.length), join(folder, item.name), found);
  }
}

function add(id: string, file: string, found: Map<string, EntryFile>): void {
  if (found.has(id)) return;
  try {
    const status = statSync(file);
    const stamp = `${file} ${status.ino} ${status.size} ${status.mtimeMs}`;
    if (status.isFile() && status.size <= MAX_FILE_BYTES) found.set(id, { id, file, stamp });
  } catch {
    // A link to nowhere, or it has just gone.
  }
}

function listFolder(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}
