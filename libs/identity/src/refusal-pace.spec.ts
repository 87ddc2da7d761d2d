/** When refusals are told, by a clock that the test moves. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DeskhandError } from '#libs/common';
import { LoginRefusal } from './identity-provider.js';
import { RefusalPace } from './refusal-pace.js';

// The fake clock does not reach timers that are promises; this makes them of those that it reaches.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
}));

const LEAST_MS = 300;
const MAX_HELD = 1_000;
let pace: RefusalPace;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  pace = new RefusalPace(LEAST_MS);
});
afterEach(() => vi.useRealTimers());

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const refusal = new LoginRefusal('INVALID_CREDENTIALS', 'fry');
const refused = async (ms: number): Promise<never> => {
  await after(ms);
  throw refusal;
};

/** How far the clock goes until it has ended, and how. */
async function ending(running: Promise<unknown>): Promise<{ ms: number; by: unknown }> {
  const from = performance.now();
  const ended = running.then(
    (by) => ({ ms: performance.now() - from, by }),
    (by) => ({ ms: performance.now() - from, by }),
  );
  await vi.advanceTimersByTimeAsync(5_000);
  return ended;
}

it.each([0, 1, 40, 299])('a refusal that is known after %i ms is told when all are', async (ms) =>
  expect(await ending(pace.over(() => refused(ms)))).toStrictEqual({ ms: LEAST_MS, by: refusal }),
);

it('one that took longer is told at once', async () =>
  expect(await ending(pace.over(() => refused(700)))).toStrictEqual({ ms: 700, by: refusal }));

it.each(['ACCOUNT_DISABLED', 'ACCOUNT_EXPIRED', 'NOT_ALLOWED', 'TOO_MANY_ATTEMPTS'] as const)('%s takes no other time', async (code) => {
  const other = pace.over(async () => {
    throw new LoginRefusal(code, 'fry');
  });
  expect((await ending(other)).ms).toBe(LEAST_MS);
});

it('a wait before the check does not count', async () => {
  const queued = pace.over(async (begun) => {
    await after(1_000);
    begun();
    return refused(20);
  });
  expect((await ending(queued)).ms).toBe(1_000 + LEAST_MS);
});

it('nobody waits who is let in, nor for a fault of the provider', async () => {
  expect(await ending(pace.over(async () => 'fry'))).toStrictEqual({ ms: 0, by: 'fry' });
  const fault = new DeskhandError('PROVIDER_UNAVAILABLE');
  expect(await ending(pace.over(() => Promise.reject(fault)))).toStrictEqual({ ms: 0, by: fault });
});

it('nobody waits where refusals take the same time by themselves', async () =>
  expect((await ending(new RefusalPace(0).over(() => refused(20)))).ms).toBe(20));

it('of those for whom there is no room, none is told what the others wait for', async () => {
  const held = Array.from({ length: MAX_HELD }, () => ending(pace.over(() => refused(0))));
  const beyond = ending(after(10).then(() => pace.over(() => refused(0))));
  await vi.advanceTimersByTimeAsync(10);
  expect(await beyond).toMatchObject({ by: { code: 'TOO_MANY_REQUESTS' } });
  expect(new Set((await Promise.all(held)).map(({ by }) => by))).toStrictEqual(new Set([refusal]));
  expect(await ending(pace.over(() => refused(0)))).toStrictEqual({ ms: LEAST_MS, by: refusal });
});
