/** The laws of a session: one life, rotating refresh tokens, and an end that is final. */
import { describe, expect, it } from 'vitest';
import { DeskhandError } from '#libs/common';
import { fold } from '#libs/event-sourcing';
import { EndSession, RefuseLogin, RotateRefresh, type SessionCommand, StartSession } from './session.commands.js';
import { sessionDecider } from './session.decider.js';
import type { EndReason, SessionEvent, SessionStarted } from './session.events.js';

const session = '5b3d3c3e-0d5a-4a53-9b52-6a3f7f4a2c10';
const fry = { provider: 'planet-express', subject: 'fry-1' };
const leela = { provider: 'planet-express', subject: 'leela-1' };
const caller = { address: '127.0.0.1', userAgent: 'Browser' };
const at = (seconds: number) => new Date(Date.parse('2026-11-22T10:00:00.000Z') + seconds * 1000).toISOString();

const start: SessionStarted['data'] = {
  identity: fry,
  name: 'Fry',
  roles: [],
  labels: ['ship_crew'],
  ...caller,
  refreshHash: 'first',
  startedAt: at(0),
  expiresAt: at(3600),
  idleSeconds: 600,
};
const started: SessionEvent = { type: 'SessionStarted', data: start };
const renewed = (refreshHash: string, seconds: number): SessionEvent => ({
  type: 'SessionRenewed',
  data: { refreshHash, at: at(seconds) },
});
const ended = (reason: EndReason, seconds: number): SessionEvent => ({ type: 'SessionEnded', data: { reason, at: at(seconds) } });
const refusal = { provider: 'planet-express', username: 'fry', ...caller, code: 'INVALID_CREDENTIALS', at: at(0) } as const;
const refused: SessionEvent = { type: 'LoginRefused', data: refusal };

const given = (events: readonly SessionEvent[]) => ({
  when: (command: SessionCommand) => ({
    then: (expected: readonly SessionEvent[]) =>
      expect(sessionDecider.decide(command, fold(sessionDecider, events))).toStrictEqual(expected),
    refuses: (code: string) => {
      try {
        sessionDecider.decide(command, fold(sessionDecider, events));
      } catch (error) {
        expect(error).toBeInstanceOf(DeskhandError);
        expect((error as DeskhandError).code).toBe(code);
        return;
      }
      expect.unreachable('it was not refused');
    },
  }),
});

describe('a session starts', () => {
  it('once', () => given([]).when(new StartSession(start)).then([started]));
  it('never a second time', () => given([started]).when(new StartSession(start)).refuses('CONFLICT'));
  it('never after a refusal', () => given([refused]).when(new StartSession(start)).refuses('CONFLICT'));
});

describe('a refused login', () => {
  it('is written down in a stream of its own', () => given([]).when(new RefuseLogin(refusal)).then([refused]));
  it('never gets into the stream of a session', () => given([started]).when(new RefuseLogin(refusal)).refuses('CONFLICT'));
});

describe('a refresh token', () => {
  it('makes place for the next one', () =>
    given([started])
      .when(new RotateRefresh('first', 'second', at(60)))
      .then([renewed('second', 60)]));
  it('is good within ten seconds after its replacement, without another rotation', () =>
    given([started, renewed('second', 60)])
      .when(new RotateRefresh('first', 'third', at(70)))
      .then([]));
  it('ends the session when it is used later than that', () =>
    given([started, renewed('second', 60)])
      .when(new RotateRefresh('first', 'third', at(70.001)))
      .then([ended('refresh-reused', 70.001)]));
  it('ends the session when it is older than the one before, however early', () =>
    given([started, renewed('second', 60), renewed('third', 61)])
      .when(new RotateRefresh('first', 'fourth', at(62)))
      .then([ended('refresh-reused', 62)]));
  it('that was never given out changes nothing', () =>
    given([started])
      .when(new RotateRefresh('forged', 'next', at(60)))
      .refuses('UNAUTHENTICATED'));
  it('of a session that never was is refused', () =>
    given([])
      .when(new RotateRefresh('first', 'next', at(60)))
      .refuses('UNAUTHENTICATED'));
  it('of a refused login is refused', () =>
    given([refused])
      .when(new RotateRefresh('first', 'next', at(60)))
      .refuses('UNAUTHENTICATED'));
  it('of an ended session says that it has ended', () =>
    given([started, ended('logout', 30)])
      .when(new RotateRefresh('first', 'next', at(60)))
      .refuses('SESSION_ENDED'));
});

describe('a session lapses', () => {
  it('when it was not renewed for the idle time', () =>
    given([started])
      .when(new RotateRefresh('first', 'next', at(600)))
      .then([ended('idle', 600)]));
  it('not while renewals keep coming', () =>
    given([started, renewed('second', 599)])
      .when(new RotateRefresh('second', 'third', at(1198)))
      .then([renewed('third', 1198)]));
  it('at the end of its longest life, whatever was renewed', () =>
    given([started, renewed('second', 3500)])
      .when(new RotateRefresh('second', 'next', at(3600)))
      .then([ended('expired', 3600)]));
});

describe('ending a session', () => {
  it('is for its owner', () =>
    given([started])
      .when(new EndSession(session, 'logout', at(60), fry))
      .then([ended('logout', 60)]));
  it('is for the system', () =>
    given([started])
      .when(new EndSession(session, 'revoked', at(60)))
      .then([ended('revoked', 60)]));
  it('of somebody else answers as if there were none', () =>
    given([started])
      .when(new EndSession(session, 'revoked', at(60), leela))
      .refuses('NOT_FOUND'));
  it('of somebody with the same subject at another provider answers as if there were none', () =>
    given([started])
      .when(new EndSession(session, 'revoked', at(60), { ...fry, provider: 'other' }))
      .refuses('NOT_FOUND'));
  it('that has ended changes nothing', () =>
    given([started, ended('logout', 30)])
      .when(new EndSession(session, 'revoked', at(60), fry))
      .then([]));
  it('that never was is refused', () =>
    given([])
      .when(new EndSession(session, 'logout', at(60), fry))
      .refuses('NOT_FOUND'));
});
