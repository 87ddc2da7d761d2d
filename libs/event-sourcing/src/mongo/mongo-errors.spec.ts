/** What the driver's errors become. */
import { mongo } from 'mongoose';
import { describe, expect, it } from 'vitest';
import { toStoreError } from './mongo-errors.js';

const coded = (code: string | number) => Object.assign(new Error('This socket has been ended by the other party'), { code });

describe('an error met while the store was asked', () => {
  it.each([
    ['of the network', new mongo.MongoNetworkError('connection 3 to 127.0.0.1:27017 closed')],
    ['of a server that refuses', new mongo.MongoServerError({ code: 13_436, message: 'not ready' })],
    ['of a socket, as the driver passes it on', coded('EPIPE')],
    ['of a socket that was reset', coded('ECONNRESET')],
  ])('%s says that the store is unavailable and to be asked again in a second, and keeps the error', (_what, error) => {
    expect(toStoreError(error)).toMatchObject({ code: 'STORE_UNAVAILABLE', extras: { retryAfter: 1 }, cause: error });
  });

  it.each([
    ['a duplicate key', new mongo.MongoServerError({ code: 11_000, message: 'E11000' })],
    ['a mistake of ours', new TypeError('x is not a function')],
    ['a file that is not there', coded('ENOENT')],
  ])('passes through when it is %s', (_what, error) => {
    expect(toStoreError(error)).toBe(error);
  });
});
