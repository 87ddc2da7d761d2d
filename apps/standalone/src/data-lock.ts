/** Keeps a second server off the same data folder. The operating system gives the lock back when its holder dies, however it dies. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DeskhandError } from '#libs/common';

/**
 * @returns a function that gives the lock back
 * @throws DeskhandError `STORE_LOCKED` while another server holds it
 */
export function lockData(data: string): () => void {
  mkdirSync(data, { recursive: true, mode: 0o711 });
  const file = join(data, 'lock');
  try {
    const lock = new DatabaseSync(file, { timeout: 0 });
    lock.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    return () => lock.close();
  } catch (error) {
    throw new DeskhandError('STORE_LOCKED', `Another server uses the data folder ${data}.`, {}, { cause: error });
  }
}
