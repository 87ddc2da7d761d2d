/** What readyz makes of the parts that it asks. */
import { expect, it } from 'vitest';
import { whatIsDown } from './readiness.js';

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
