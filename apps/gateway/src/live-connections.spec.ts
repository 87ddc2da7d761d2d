import { expect, it } from 'vitest';
import { DenyList } from './deny-list.js';
import { LiveConnections } from './live-connections.js';

const grant = { userId: 'u', sessionId: 's1', desktop: 'd1', run: 1 };

it('takes nothing whose token was denied since it was looked at, and closes what is denied once, not again when it leaves', () => {
  const denials = new DenyList();
  const live = new LiveConnections(denials, { connectionsPerUser: 1 });
  let closed = 0;
  const place = live.add(grant, {
    close: () => {
      closed += 1;
    },
  });
  denials.deny({ session: 's1' });
  denials.deny({ desktop: 'd1' });
  place.leave();
  place.leave();
  expect([closed, live.size]).toEqual([1, 0]);
  expect(() => live.add(grant, place)).toThrow(expect.objectContaining({ code: 'DESKTOP_TOKEN_INVALID' }));
  // The place of the one that left is free, once.
  const other = { ...grant, sessionId: 's2', desktop: 'd2' };
  live.add(other, place);
  expect(() => live.add(other, place)).toThrow(expect.objectContaining({ code: 'TOO_MANY_CONNECTIONS' }));
});

it('keeps the budget of a user who left until it would be full again', () => {
  const live = new LiveConnections(new DenyList(), { connectionsPerUser: 1, userBytesPerSecond: 1_000_000 });
  const come = (userId: string) => live.add({ ...grant, userId }, { close: () => undefined });
  const [spender, other] = [come('spender'), come('other')];
  spender.budgets[0]?.spend(900_000);
  spender.leave();
  other.leave();
  expect(come('spender').budgets[0]).toBe(spender.budgets[0]);
  // Nothing of it was spent, so a new one is worth the same and nobody has to be remembered.
  expect(come('another').leave()).toBeUndefined();
  expect(come('other').budgets[0]).not.toBe(other.budgets[0]);
});
