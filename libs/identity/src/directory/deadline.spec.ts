/** A deadline counts down, ends what it races, and hands out parts of itself. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Deadline } from './deadline.js';

const late = () => new Error('late');

it('gives what comes in time, whether good or bad', async () => {
  const deadline = new Deadline(5_000);
  expect(await deadline.race(Promise.resolve(1), late)).toBe(1);
  await expect(deadline.race(Promise.reject(new Error('bad')), late)).rejects.toThrow('bad');
  expect(deadline.isOver).toBe(false);
});

it('is over, without a doubt, once it has ended a race', async () => {
  const deadline = new Deadline(20);
  await expect(deadline.race(pause(2_000), late)).rejects.toThrow('late');
  expect(deadline.isOver).toBe(true);
  await expect(deadline.race(pause(2_000), late)).rejects.toThrow('late');
});

it('outlives a part of it, and is its own last part', async () => {
  const deadline = new Deadline(2_000);
  const half = deadline.part(100);
  await expect(half.race(pause(2_000), late)).rejects.toThrow('late');
  expect([half.isOver, deadline.isOver]).toStrictEqual([true, false]);
  expect(deadline.part(1)).toBe(deadline);
});
