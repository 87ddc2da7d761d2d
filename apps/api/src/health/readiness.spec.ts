/** What readyz makes of the parts that it asks. */
import { expect, it } from 'vitest';
import { HealthController } from './health.controller.js';
import { stuckSubscriptions, whatIsDown } from './readiness.js';

it('names what is down and why, and waits for nobody for ever', async () => {
  expect(
    await whatIsDown([
      { name: 'well', check: async () => undefined },
      { name: 'ill', check: async () => 'the disk is full' },
      { name: 'broken', check: () => Promise.reject(new Error('password=secret')) },
      { name: 'silent', check: () => new Promise(() => {}) },
    ]),
  ).toStrictEqual({ ill: 'the disk is full', broken: 'fails', silent: 'does not answer' });
});

it('names subscriptions that stand still, without what they fail with, and not those whose event is left out', () => {
  const trouble = {
    subscription: 'logins',
    position: 17,
    stream: 'session-1',
    type: 'SessionStarted',
    error: 'password=secret',
    since: '',
  };
  const skipped = { ...trouble, subscription: 'desktops', instruction: { kind: 'skip' } as const };
  expect(stuckSubscriptions([trouble, skipped])).toStrictEqual({ 'subscription logins': 'stands still at event 17 (SessionStarted)' });
});

it('says that this process is ready though nobody can tell just now what stands still', async () => {
  const controller = new HealthController([], () => new Promise(() => {}));
  expect(await controller.ready()).toStrictEqual({ status: 'ok', impaired: { subscriptions: 'cannot be asked' } });
});
