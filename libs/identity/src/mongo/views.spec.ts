/** What each event does to the rows of its session, in the history of logins and among all sessions. */
import { expect, it } from 'vitest';
import type { SessionEvent } from '../session.events.js';
import { loginsView } from './logins.view.js';
import { sessionsView } from './sessions.view.js';

const at = '2026-01-01T00:00:00.000Z';
const key = { _id: 'one', position: 7 };
const user = 'planet-express fry';
const caller = { address: '192.0.2.1', userAgent: 'Browser' };
const identity = { provider: 'planet-express', subject: 'fry' };
const person = { identity, name: 'Philip', roles: ['user'], labels: ['crew'] };
const life = { refreshHash: 'secret', startedAt: at, expiresAt: '2026-01-02T00:00:00.000Z', idleSeconds: 60 };
const login = { ...key, loginPosition: 7, user, provider: 'planet-express', at, ...caller };
const session = { ...key, user, ...caller, name: 'Philip', roles: ['user'], startedAt: at, renewedAt: at, expiresAt: life.expiresAt };
const refused = { ...caller, provider: 'planet-express', username: 'fry', code: 'INVALID_CREDENTIALS', at } as const;
const over = { change: { ...key, endedAt: at, endReason: 'logout' } };

/** The event, and what it changes in `logins` and in `sessions`. */
const table: readonly (readonly [string, SessionEvent, readonly object[], readonly object[]])[] = [
  ['a session that starts', { type: 'SessionStarted', data: { ...caller, ...person, ...life } }, [{ make: login }], [{ make: session }]],
  ['one that is renewed', { type: 'SessionRenewed', data: { refreshHash: 'next', at } }, [], [{ change: { ...key, renewedAt: at } }]],
  ['one that ends', { type: 'SessionEnded', data: { reason: 'logout', at } }, [over], [over]],
  [
    'a refused login of somebody known',
    { type: 'LoginRefused', data: { ...refused, subject: 'fry' } },
    [{ make: { ...login, code: 'INVALID_CREDENTIALS' } }],
    [],
  ],
  ['a refused login of nobody', { type: 'LoginRefused', data: refused }, [], []],
];

it.each(table)('%s', (_, event, logins, sessions) => {
  const recorded = { ...event, stream: 'session-one', position: 7, version: 1, metadata: {}, recordedAt: at };
  expect(loginsView.changesOf(recorded)).toStrictEqual(logins);
  expect(sessionsView.changesOf(recorded)).toStrictEqual(sessions);
  for (const view of [loginsView, sessionsView]) expect(view.changesOf({ ...recorded, stream: 'desktop-one' })).toStrictEqual([]);
});
