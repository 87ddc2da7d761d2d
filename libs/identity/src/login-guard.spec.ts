/** What stands before every check of a password, by a clock that the test moves: waits that grow, and a bound on how many wait. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { accountIdOf, configurationSchema } from '#libs/common';
import { MemoryEventStore } from '../../event-sourcing/src/memory/memory-event-store.js';
import { IdentityViews } from './identity.views.js';
import { type Attempt, LoginGuard } from './login-guard.js';
import { type LoginRefused, sessionStream } from './session.events.js';

// The fake clock does not reach timers that are promises; this makes them of those that it reaches.
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<object>()),
  setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
}));

const ADMINS = '10.1.2.3';
const configuration = configurationSchema.parse({ identity: { attempts: { protectedNetworks: ['10.1.0.0/16'] } } });

let store: MemoryEventStore;
let views: IdentityViews;
let guard: LoginGuard;
beforeEach(() => {
  store = new MemoryEventStore();
  views = new IdentityViews(store, configuration);
  guard = new LoginGuard(store, views, configuration);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await views.onModuleDestroy();
  await store.close();
});

let addresses = 0;
const attempt = (account = 'fry', address = `198.51.100.${++addresses % 250}`): Attempt => ({ provider: 'office', account, address });

/** A wrong password is written down, as after a check. */
async function fails({ provider, account = '', address }: Attempt): Promise<void> {
  const data: LoginRefused['data'] = {
    provider,
    username: account,
    account: accountIdOf(provider, account),
    address,
    userAgent: '',
    code: 'INVALID_CREDENTIALS',
    at: new Date().toISOString(),
  };
  await store.append(sessionStream(crypto.randomUUID()), 0, [{ type: 'LoginRefused', data }]);
  await passing(0, guard.failed({ provider, account, address }));
}

/** What it comes to while the clock goes on by so much. */
async function passing<Result>(ms: number, running: Promise<Result>): Promise<Result> {
  // Its failure is looked at by whoever awaits it, maybe later.
  running.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(ms);
  return running;
}

/** How far the clock goes until an attempt is let through. */
async function waitMs(of: Attempt): Promise<number> {
  const from = Date.now();
  let at: number | undefined;
  const running = guard.admit(of, async () => {
    at = Date.now();
  });
  for (let step = 0; step < 30 && at === undefined; step++) await vi.advanceTimersByTimeAsync(step === 0 ? 0 : 125);
  await running;
  return (at ?? Number.NaN) - from;
}

describe('an attempt at an account', () => {
  it('waits longer after each failure, wherever it comes from, and is refused at the limit', async () => {
    const waits: number[] = [];
    for (let count = 0; count < 5; count++) {
      waits.push(await waitMs(attempt()));
      await fails(attempt());
    }
    expect(waits).toStrictEqual([0, 125, 250, 500, 1_000]);
    const run = vi.fn(async () => undefined);
    await expect(passing(0, guard.admit(attempt(), run))).rejects.toMatchObject({ code: 'TOO_MANY_ATTEMPTS', extras: { retryAfter: 600 } });
    expect(run).not.toHaveBeenCalled();
    expect(await waitMs(attempt('leela'))).toBe(0);
  });

  it('is turned away when a thousand others wait, and let in when they have gone', async () => {
    for (let count = 0; count < 4; count++) await fails(attempt());
    const run = vi.fn(async () => undefined);
    const waiting = Array.from({ length: 1_000 }, () => guard.admit(attempt(), run));
    await vi.advanceTimersByTimeAsync(0);
    await expect(passing(0, guard.admit(attempt(), run))).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    // Who has no reason to wait does not mind.
    expect(await waitMs(attempt('leela'))).toBe(0);
    expect(run).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_000);
    await Promise.all(waiting);
    expect(run).toHaveBeenCalledTimes(1_000);
    expect(await waitMs(attempt())).toBeGreaterThan(0);
  });
});

describe('guesses from a protected network', () => {
  it('meet no ban, but a second each, and three go on side by side', async () => {
    for (let count = 0; count < 20; count++) await fails(attempt('fry', ADMINS));
    expect(await waitMs(attempt('fry', ADMINS))).toBe(1_000);
    const run = vi.fn(async () => undefined);
    const guesses = Array.from({ length: 50 }, () => guard.admit(attempt('fry', ADMINS), run));
    const settled = Promise.allSettled(guesses);
    await vi.advanceTimersByTimeAsync(1_000);
    const refused = (await settled).flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
    expect(refused).toStrictEqual(Array(47).fill('TOO_MANY_REQUESTS'));
    expect(run).toHaveBeenCalledTimes(3);
  });

  it('are bounded before the first has failed, and keep out nobody else', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const guesses = Array.from({ length: 3 }, () => guard.admit(attempt('fry', ADMINS), () => promise));
    await vi.advanceTimersByTimeAsync(0);
    await expect(
      passing(
        0,
        guard.admit(attempt('fry', ADMINS), async () => undefined),
      ),
    ).rejects.toMatchObject({ extras: { retryAfter: 1 } });
    expect(await waitMs(attempt('fry', '10.1.2.4'))).toBe(0);
    expect(await waitMs(attempt('leela', ADMINS))).toBe(0);
    expect(await waitMs(attempt('fry'))).toBe(0);
    resolve();
    await Promise.all(guesses);
    expect(await waitMs(attempt('fry', ADMINS))).toBe(0);
  });
});
