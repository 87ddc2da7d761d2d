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
export function toStoreError(error: unknown): unknown {
  const code = resultCode(error);
  if (code === undefined) return error;
  const detail = `The event store answered: ${(error as Error).message}.`;
  return new DeskhandError(
    code === SQLITE_CORRUPT || code === SQLITE_NOTADB ? 'STORE_CORRUPT' : 'STORE_UNAVAILABLE',
    detail,
    {},
    { cause: error },
  );
}
