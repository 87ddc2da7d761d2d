/** Keeps a second server off the same data folder. The operating system gives the lock back when its holder dies, however it dies. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DeskhandError } from '#libs/common';

/**
 * @returns a function that gives the lock back
 * @throws DeskhandError `STORE_LOCKED` while another server holds it, `STORE_UNAVAILABLE` for a folder that cannot be used
 */
export function lockData(data: string): () => void {
  try {
    makeFolder(data);
    const lock = new DatabaseSync(join(data, 'lock'), { timeout: 0 });
    lock.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    return () => lock.close();
  } catch (error) {
    if (isHeldByAnother(error)) throw new DeskhandError('STORE_LOCKED', `Another server uses the data folder ${data}.`);
    const detail = `The data folder ${data} cannot be used: ${(error as Error).message}.`;
    throw new DeskhandError('STORE_UNAVAILABLE', detail, {}, { cause: error });
  }
}

/** Level by level: where a file system takes no folders, such as /proc, Node's own recursion tries for ever. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o711 });
}

/** https://sqlite.org/rescode.html#busy */
const isHeldByAnother = (error: unknown): boolean => (error as { errcode?: number }).errcode === 5;
