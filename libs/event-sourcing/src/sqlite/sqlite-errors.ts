/** What SQLite's result codes mean to callers: the file is broken, or it cannot be used just now. */
import { DeskhandError } from '#libs/common';

// https://sqlite.org/rescode.html: the low byte is the code, the rest says more about it.
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

/** Another process is writing. */
export const isBusy = (error: unknown): boolean => resultCode(error) === SQLITE_BUSY;

/** The error as callers see it; what is not SQLite's passes through. */
export function toStoreError(cause: unknown): unknown {
  const code = resultCode(cause);
  if (code === undefined) return cause;
  if (code === SQLITE_BUSY) {
    const detail = 'Another process keeps the file of the event store to itself: one that was stopped, or a program that has it open.';
    return new DeskhandError('STORE_UNAVAILABLE', detail, { retryAfter: 1 }, { cause });
  }
  const isBroken = code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
  const detail = `The event store answered: ${(cause as Error).message}.`;
  return new DeskhandError(isBroken ? 'STORE_CORRUPT' : 'STORE_UNAVAILABLE', detail, {}, { cause });
}
