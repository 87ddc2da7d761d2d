/** The laws of bans: one at a time for a source, an operator's word before counting, and an end to each. */
import { describe, expect, it } from 'vitest';
import { fold } from '#libs/event-sourcing';
import { type BanCommand, BanSource, LiftBan } from './ban.commands.js';
import { banDecider } from './ban.decider.js';
import { type BanEvent, type BanReason, banStream, type Source, sourceKey, sourceOfStream } from './ban.events.js';

const source: Source = { kind: 'account', provider: 'office', account: 'fry' };
const at = (minutes: number) => new Date(Date.parse('2026-11-22T10:00:00.000Z') + minutes * 60_000).toISOString();

const ban = (reason: BanReason, from: number, until: number) => new BanSource(source, reason, at(from), at(until));
const banned = (reason: BanReason, from: number, until: number): BanEvent => ({
  type: 'SourceBanned',
  data: { source, reason, at: at(from), until: at(until) },
});
const lift = (minute: number) => new LiftBan(source, at(minute));
const lifted = (minute: number): BanEvent => ({ type: 'BanLifted', data: { source, at: at(minute) } });

const given = (events: readonly BanEvent[]) => ({
  when: (command: BanCommand) => ({
    then: (expected: readonly BanEvent[]) => expect(banDecider.decide(command, fold(banDecider, events))).toStrictEqual(expected),
  }),
});

describe('too many failures', () => {
  it('ban', () =>
    given([])
      .when(ban('failures', 0, 10))
      .then([banned('failures', 0, 10)]));
  it('ban once, though two replicas count at the same time', () =>
    given([banned('failures', 0, 10)])
      .when(ban('failures', 0, 10))
      .then([]));
  it('ban again when the ban has ended', () =>
    given([banned('failures', 0, 10)])
      .when(ban('failures', 10, 20))
      .then([banned('failures', 10, 20)]));
  it('ban again when the ban was lifted', () =>
    given([banned('failures', 0, 10), lifted(2)])
      .when(ban('failures', 3, 13))
      .then([banned('failures', 3, 13)]));
  it('change nothing of what an operator wants', () =>
    given([banned('operator', 0, 5)])
      .when(ban('failures', 1, 11))
      .then([]));
});

describe('an operator', () => {
  it('bans, also who is banned for failures', () =>
    given([banned('failures', 0, 60)])
      .when(ban('operator', 1, 30))
      .then([banned('operator', 1, 30)]));
  it('shortens and prolongs', () => {
    given([banned('operator', 0, 60)])
      .when(ban('operator', 1, 30))
      .then([banned('operator', 1, 30)]);
    given([banned('operator', 0, 60)])
      .when(ban('operator', 1, 90))
      .then([banned('operator', 1, 90)]);
  });
  it('lifts any ban', () => {
    given([banned('failures', 0, 10)])
      .when(lift(1))
      .then([lifted(1)]);
    given([banned('operator', 0, 10)])
      .when(lift(1))
      .then([lifted(1)]);
  });
  it('lifts nothing where there is nothing', () => {
    given([]).when(lift(1)).then([]);
    given([banned('failures', 0, 10)])
      .when(lift(10))
      .then([]);
    given([banned('failures', 0, 10), lifted(1)])
      .when(lift(2))
      .then([]);
  });
  it('cannot ban until a time that has passed', () =>
    given([])
      .when(ban('operator', 5, 5))
      .then([]));
});

describe('the stream of a source', () => {
  it('is named by what is banned', () => expect(banStream({ kind: 'address', network: '192.0.2.7' })).toBe('ban-address-192.0.2.7'));
  it('does not show what people typed as a name, and stays short', () => {
    const stream = banStream({ kind: 'account', provider: 'office', account: `hunter2${'x'.repeat(250)}` });
    expect(stream).toMatch(/^ban-account-[a-z2-7]{26}$/);
  });
  it('is another one at another provider', () => expect(banStream({ ...source, provider: 'other' })).not.toBe(banStream(source)));
  it('leads back to its source', () => {
    expect(sourceOfStream(banStream(source))).toBe(sourceKey(source));
    expect(sourceOfStream('session-1')).toBeUndefined();
  });
});
