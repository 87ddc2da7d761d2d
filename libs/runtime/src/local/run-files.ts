/** Reads the files of a run: its own without doubt, those of the desktop as what a stranger may have put there. */
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** Longest part of a desktop's file that is looked at. */
const MAX_BYTES = 8 * 1024;

/** @returns undefined when there is no such file; @throws for everything else, which says nothing about the file */
export function readOwn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The JSON object in a file that the desktop writes. Programs of the desktop can put anything in its place: a link to a file of the server's, a
 * pipe that nobody ever writes to, gigabytes; then it is empty.
 */
export function readForeign(path: string): Record<string, unknown> {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (!fstatSync(descriptor).isFile()) return {};
    const bytes = Buffer.alloc(MAX_BYTES);
    const value: unknown = JSON.parse(bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, MAX_BYTES, 0)));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** The last line of a log, cut to what a person reads. */
export function lastLine(path: string): string | undefined {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, MAX_BYTES));
    readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8').trim().split('\n').at(-1)?.slice(-300);
  } finally {
    closeSync(descriptor);
  }
}
