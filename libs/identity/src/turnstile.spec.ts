/** The laws of the queue before password checks. */
import { describe, expect, it } from 'vitest';
import { DeskhandError } from '#libs/common';
import { Turnstile } from './turnstile.js';

describe('a turnstile', () => {
  it('never lets more in than may be abreast, and everybody in the end', async () => {
    const turnstile = new Turnstile(3, 200, 60_000);
    let inside = 0;
    let most = 0;
    const run = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all(Array.from({ length: 200 }, () => turnstile.pass(run)));
    expect({ inside, most }).toStrictEqual({ inside: 0, most: 3 });
  });

  it('keeps the order of those who wait', async () => {
    const turnstile = new Turnstile(1, 10, 60_000);
    const order: number[] = [];
    await Promise.all([1, 2, 3].map((number) => turnstile.pass(async () => void order.push(number))));
    expect(order).toStrictEqual([1, 2, 3]);
  });

  it('tells who had to wait', async () => {
    const turnstile = new Turnstile(1, 10, 60_000);
    const told = (hasWaited: boolean) => Promise.resolve(hasWaited);
    expect(await Promise.all([turnstile.pass(told), turnstile.pass(told)])).toStrictEqual([false, true]);
  });

  it('sends away whom it has no place for', async () => {
    const turnstile = new Turnstile(1, 1, 60_000);
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = turnstile.pass(() => promise);
    const second = turnstile.pass(async () => 'second');
    await expect(turnstile.pass(async () => 'third')).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    resolve();
    await first;
    expect(await second).toBe('second');
  });

  it('sends away whom it keeps waiting too long, and lets in who comes later', async () => {
    const turnstile = new Turnstile(1, 10, 1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = turnstile.pass(() => promise);
    await expect(turnstile.pass(async () => 'second')).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    resolve();
    await first;
    expect(await turnstile.pass(async () => 'third')).toBe('third');
  });

  it('goes on after a failure', async () => {
    const turnstile = new Turnstile(1, 1, 60_000);
    await expect(turnstile.pass(() => Promise.reject(new DeskhandError('INVALID_CREDENTIALS')))).rejects.toThrow();
    expect(await turnstile.pass(async () => 'next')).toBe('next');
  });
});
