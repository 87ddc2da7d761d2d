/** What the log says about who fails: the same in every replica. */
import { describe, expect, it } from 'vitest';
import { accountIdOf, type ErrorCode } from '#libs/common';
import type { RecordedEvent } from '#libs/event-sourcing';
import { AttemptPolicy } from './attempt.policy.js';
import { Attempts } from './attempts.js';
import type { BanEvent, Source } from './ban.events.js';
import type { SessionEvent } from './session.events.js';

const AT = '2026-11-22T10:00:00.000Z';
const now = Date.parse(AT);
const fry: Source = { kind: 'account', provider: 'office', account: 'fry' };
const leela: Source = { ...fry, account: 'leela' };
const here: Source = { kind: 'address', network: '2001:db8:0:0::/64' };
const elsewhere: Source = { kind: 'address', network: '192.0.2.1' };

/** Everything in it that nobody counts is left out. */
const recorded = (event: { type: string; data: object }) => event as RecordedEvent<SessionEvent | BanEvent>;
const account = accountIdOf('office', 'fry');
const refused = (code: ErrorCode = 'INVALID_CREDENTIALS', address = '2001:db8::17') =>
  recorded({ type: 'LoginRefused', data: { account, address, code, at: AT } });
const started = recorded({
  type: 'SessionStarted',
  data: { identity: { provider: 'office', subject: '17' }, account, address: '2001:db8::17', startedAt: AT },
});
const about = (type: BanEvent['type'], source: Source) => recorded({ type, data: { source, at: AT } });

const attemptsAfter = (...events: RecordedEvent<SessionEvent | BanEvent>[]): Attempts => {
  const attempts = new Attempts(new AttemptPolicy({ failures: 3, waitSeconds: 600 }));
  for (const event of events) attempts.apply(event);
  return attempts;
};
const times = (count: number, event = refused()) => Array(count).fill(event);

describe('a wrong password', () => {
  it('counts for the account, from wherever it comes, and for no other account', () => {
    const attempts = attemptsAfter(refused(), refused(undefined, '198.51.100.7'), refused(undefined, '203.0.113.9'));
    expect([fry, leela, here, elsewhere].map((source) => attempts.isTooMuch(source, now))).toStrictEqual([true, false, false, false]);
  });
  it('counts for the whole /64 of an address', () => {
    const all = Array.from({ length: 30 }, (_, index) => refused(undefined, `2001:db8::${index.toString(16)}:1`));
    expect(attemptsAfter(...all).isTooMuch(here, now)).toBe(true);
    expect(attemptsAfter(...all).isTooMuch(elsewhere, now)).toBe(false);
  });
});

describe('guesses at a user by several names', () => {
  const user: Source = { kind: 'user', provider: 'office', subject: '17' };
  const guess = (name: string) =>
    recorded({
      type: 'LoginRefused',
      data: {
        provider: 'office',
        subject: '17',
        account: accountIdOf('office', name),
        address: '192.0.2.1',
        code: 'INVALID_CREDENTIALS',
        at: AT,
      },
    });
  const byNames = (...names: string[]) => attemptsAfter(...names.flatMap((name) => times(3, guess(name))));

  it('count together, and are too many when two names would be', () => {
    expect(byNames('fry', 'fry@example.com').isTooMuch(user, now)).toBe(true);
    expect(byNames('fry').isTooMuch(user, now)).toBe(false);
  });
  it('by one name are stopped by that name alone', () => {
    const later = now + 600_000;
    const attempts = byNames('fry');
    for (const event of times(3, guess('fry'))) attempts.apply({ ...event, data: { ...event.data, at: new Date(later).toISOString() } });
    expect(attempts.isTooMuch(user, later)).toBe(false);
  });
});

describe('what shows that the password was right, or that nobody guesses', () => {
  it.each<ErrorCode>(['PASSWORD_EXPIRED', 'ACCOUNT_DISABLED', 'NOT_ALLOWED', 'PROVIDER_UNAVAILABLE'])('counts not: %s', (code) =>
    expect(attemptsAfter(...times(30, refused(code))).delayMs(fry, now)).toBe(0),
  );
});

describe('a login', () => {
  it('forgives the account', () => expect(attemptsAfter(...times(3), started).delayMs(fry, now)).toBe(0));
  it('does not forgive the address: an own account buys no guesses at others', () =>
    expect(attemptsAfter(...times(30), started).isTooMuch(here, now)).toBe(true));
});

describe('a ban', () => {
  it.each(['SourceBanned', 'BanLifted'] as const)('starts the count anew: %s', (type) => {
    const attempts = attemptsAfter(...times(30), about(type, fry), about(type, here));
    expect([fry, here].map((source) => attempts.delayMs(source, now))).toStrictEqual([0, 0]);
  });
});

it('a flood of names does not fill the memory', () => {
  const flood = Array.from({ length: 60_000 }, (_, index) =>
    recorded({
      type: 'LoginRefused',
      data: {
        account: accountIdOf('office', String(index)),
        address: `2001:db8:${(index >> 8).toString(16)}::1`,
        code: 'INVALID_CREDENTIALS',
        at: AT,
      },
    }),
  );
  const attempts = attemptsAfter(...flood);
  const failed = (name: string) => attempts.delayMs({ ...fry, account: name }, now) > 0;
  expect([failed('0'), failed('59999')]).toStrictEqual([false, true]);
});
