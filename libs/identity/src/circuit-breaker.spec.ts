/** When a provider is asked and when it is left alone. */
import { beforeEach, describe, expect, it } from 'vitest';
import { DeskhandError } from '#libs/common';
import { CircuitBreaker } from './circuit-breaker.js';
import { LoginRefusal } from './identity-provider.js';

let breaker: CircuitBreaker;
let now: number;
let asked: number;
beforeEach(() => {
  breaker = new CircuitBreaker();
  [now, asked] = [1_000_000, 0];
});

const ask = (outcome?: Error) =>
  breaker
    .run(
      async () => {
        asked++;
        if (outcome) throw outcome;
      },
      () => now,
    )
    .then(
      () => 'answered',
      (error: DeskhandError) => error.code,
    );
const down = new DeskhandError('PROVIDER_UNAVAILABLE');
const failThrice = async () => {
  for (let count = 0; count < 3; count++) await ask(down);
};

describe('a provider', () => {
  it('is left alone after three failures in a row, and says for how long', async () => {
    await failThrice();
    expect(breaker.restSeconds(now)).toBe(5);
    expect(await ask()).toBe('PROVIDER_UNAVAILABLE');
    expect(asked).toBe(3);
    expect(() => breaker.check(now)).toThrow(expect.objectContaining({ extras: { retryAfter: 5 } }));
  });

  it('keeps nobody waiting who was on their way to it when it was found to be down', async () => {
    const running = breaker.run(
      () => new Promise(() => {}),
      () => now,
    );
    await failThrice();
    await expect(running).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE', extras: { retryAfter: 5 } });
    expect(breaker.restSeconds(now)).toBe(5);
    now += 5_000;
    expect(await ask()).toBe('answered');
  });

  it('is asked on as long as it answers now and then, whatever the answer', async () => {
    for (let count = 0; count < 10; count++) {
      await ask(down);
      await ask(down);
      await ask(new LoginRefusal('INVALID_CREDENTIALS'));
    }
    expect(breaker.restSeconds(now)).toBeUndefined();
  });

  it('is tried by one alone once it has rested', async () => {
    await failThrice();
    now += 5_000;
    const { promise, resolve } = Promise.withResolvers<void>();
    const trial = breaker.run(
      () => promise,
      () => now,
    );
    expect(await ask()).toBe('PROVIDER_UNAVAILABLE');
    resolve();
    await trial;
    expect(await ask()).toBe('answered');
    expect(breaker.restSeconds(now)).toBeUndefined();
  });

  it('rests longer each time that a trial fails, a minute at most', async () => {
    await failThrice();
    const rests = [];
    for (let trial = 0; trial < 6; trial++) {
      now += 60_000;
      await ask(down);
      rests.push(breaker.restSeconds(now));
    }
    expect(rests).toStrictEqual([10, 20, 40, 60, 60, 60]);
  });

  it('is not left alone longer because many asked at once when it broke', async () => {
    await Promise.all(Array.from({ length: 50 }, () => ask(down)));
    expect(breaker.restSeconds(now)).toBe(5);
  });
});
