/** What the driver's errors mean to callers, and the end of waiting for an answer. */
import { mongo } from 'mongoose';
import { DeskhandError } from '#libs/common';

const DUPLICATE_KEY = 11_000;

/** Longer than any of our calls takes on a server that works; the driver's own limits are shorter and name the fault better. */
const ANSWER_WITHIN_MS = 8_000;

/** The driver passes on as they are some errors of a socket whose other side has just died. */
const OF_SOCKETS: ReadonlySet<unknown> = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);

const isOfSocket = (error: unknown): boolean => error instanceof Error && 'code' in error && OF_SOCKETS.has(error.code);

export const isDuplicate = (error: unknown): boolean => error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;

/** The error as callers see it; what is not the driver's passes through, and so does a duplicate key, which is an answer. What the driver says may name machines, so it stays in the cause. */
export function toStoreError(error: unknown): unknown {
  if ((!(error instanceof mongo.MongoError) && !isOfSocket(error)) || isDuplicate(error)) return error;
  const detail =
    error instanceof mongo.MongoServerError ? `The event store answered: ${error.message}.` : 'The event store does not answer.';
  return new DeskhandError('STORE_UNAVAILABLE', detail, { retryAfter: 1 }, { cause: error });
}

/**
 * Waits for an answer, not for ever.
 *
 * @throws DeskhandError `STORE_UNAVAILABLE`; the call may still be carried out
 */
export async function answerOf<T>(call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new DeskhandError('STORE_UNAVAILABLE', 'The event store does not answer in time.', { retryAfter: 1 })),
      ANSWER_WITHIN_MS,
    );
  });
  try {
    return await Promise.race([call, late]);
  } catch (error) {
    throw toStoreError(error);
  } finally {
    clearTimeout(timer);
  }
}
