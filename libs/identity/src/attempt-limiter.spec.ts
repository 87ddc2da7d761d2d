/** The laws of waiting after failed logins. */
import { describe, expect, it } from 'vitest';
import { DeskhandError } from '#libs/common';
import { type Attempt, AttemptLimiter } from './attempt-limiter.js';

const fry: Attempt = { account: 'fry', network: '192.0.2.1' };
const SECOND = 1000;

/** Seconds that the attempt has to wait; 0 for none. */
function waitOf(limiter: AttemptLimiter, attempt: Attempt, now: number): number {
  try {
    limiter.check(attempt, now);
    return 0;
  } catch (error) {
    expect((error as DeskhandError).code).toBe('TOO_MANY_ATTEMPTS');
    return (error as DeskhandError).extras.retryAfter ?? Number.NaN;
  }
}

function failing(times: number, attempt: Attempt = fry): AttemptLimiter {
  const limiter = new AttemptLimiter(3, 60);
  for (let count = 0; count < times; count++) limiter.failed(attempt, 0);
  return limiter;
}

describe('who fails to log in', () => {
  it('is free to fail a few times', () => expect(waitOf(failing(2), fry, 0)).toBe(0));
  it.each([
    [3, 5],
    [4, 10],
    [5, 20],
    [6, 40],
    [7, 60],
    [20, 60],
  ])('%i times waits %i seconds', (times, seconds) => {
    const limiter = failing(times);
    expect(waitOf(limiter, fry, 0)).toBe(seconds);
    expect(waitOf(limiter, fry, (seconds - 1) * SECOND)).toBe(1);
    expect(waitOf(limiter, fry, seconds * SECOND)).toBe(0);
  });
  it('waits from any address', () => expect(waitOf(failing(3), { ...fry, network: '198.51.100.7' }, 0)).toBe(5));
  it('does not make others wait', () => expect(waitOf(failing(3), { ...fry, account: 'leela' }, 0)).toBe(0));
  it('is forgiven after a right password', () => {
    const limiter = failing(5);
    limiter.succeeded(fry);
    expect(waitOf(limiter, fry, 0)).toBe(0);
  });
  it('is forgotten in the end', () => {
    const limiter = failing(7);
    limiter.failed(fry, 120 * SECOND);
    expect(waitOf(limiter, fry, 120 * SECOND)).toBe(0);
  });
});

describe('an address that guesses at many accounts', () => {
  it('waits too', () => {
    const limiter = new AttemptLimiter(3, 60);
    for (let count = 0; count < 30; count++) limiter.failed({ ...fry, account: `user-${count}` }, 0);
    expect(waitOf(limiter, { ...fry, account: 'leela' }, 0)).toBe(5);
    expect(waitOf(limiter, { account: 'leela', network: '198.51.100.7' }, 0)).toBe(0);
  });
  it('does not buy itself free with an account of its own', () => {
    const limiter = failing(30);
    limiter.succeeded(fry);
    expect(waitOf(limiter, fry, 0)).toBe(5);
  });
  it('cannot make the memory grow without end', () => {
    const limiter = new AttemptLimiter(1, 60);
    for (let count = 0; count < 50_000; count++) limiter.failed({ account: `user-${count}`, network: `net-${count}` }, 0);
    expect(waitOf(limiter, { account: 'user-0', network: 'none' }, 0)).toBe(0);
    expect(waitOf(limiter, { account: 'user-49999', network: 'none' }, 0)).toBe(5);
  });
});
