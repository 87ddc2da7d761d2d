/** Sessions that nobody renews any more. */
import { describe, expect, it } from 'vitest';
import { DeskhandError } from '#libs/common';
import { LapseSession, RotateRefresh } from './session.commands.js';
import { sessionDecider } from './session.decider.js';
import type { SessionEvent, SessionStarted } from './session.events.js';

const T0 = Date.parse('2026-01-01T00:00:00.000Z');
const at = (seconds: number): string => new Date(T0 + seconds * 1000).toISOString();
const started = {
  type: 'SessionStarted',
  data: { identity: { provider: 'p', subject: '1' }, refreshHash: 'h0', startedAt: at(0), expiresAt: at(100_000), idleSeconds: 600 },
} as unknown as SessionEvent & { data: SessionStarted['data'] };
const after = (...events: SessionEvent[]) => events.reduce(sessionDecider.evolve, sessionDecider.initialState);
const renewed = (refreshHash: string, seconds: number): SessionEvent => ({
  type: 'SessionRenewed',
  data: { refreshHash, at: at(seconds) },
});

describe('a session that nobody renews', () => {
  it('ends when its idle time or its longest life is over, and not before', () => {
    const decide = (seconds: number, ...more: SessionEvent[]) =>
      sessionDecider.decide(new LapseSession(at(seconds)), after(started, ...more));
    expect(decide(599)).toStrictEqual([]);
    expect(decide(600)).toStrictEqual([{ type: 'SessionEnded', data: { reason: 'idle', at: at(600) } }]);
    expect(decide(700, renewed('h1', 500))).toStrictEqual([]);
    expect(decide(100_000, renewed('h1', 99_900))).toStrictEqual([{ type: 'SessionEnded', data: { reason: 'expired', at: at(100_000) } }]);
    expect(decide(700, { type: 'SessionEnded', data: { reason: 'logout', at: at(1) } })).toStrictEqual([]);
  });
});

describe('a session that is renewed again and again', () => {
  it('keeps its token in the end, so that none that was rotated away is ever forgotten', () => {
    const events: SessionEvent[] = [started];
    let state = after(started);
    for (let count = 1; count <= 1_100; count++) {
      const shown = state.status === 'live' ? state.refreshHash : '';
      for (const event of sessionDecider.decide(new RotateRefresh(shown, `h${count}`, at(count)), state)) {
        events.push(event);
        state = sessionDecider.evolve(state, event);
      }
    }
    expect(events).toHaveLength(1_101);
    expect(state).toMatchObject({ status: 'live', refreshHash: 'h1000', renewedAt: at(1_100) });
    // The first owner comes back with what somebody else has rotated away.
    expect(sessionDecider.decide(new RotateRefresh('h0', 'x', at(1_200)), state)).toStrictEqual([
      { type: 'SessionEnded', data: { reason: 'refresh-reused', at: at(1_200) } },
    ]);
    expect(() => sessionDecider.decide(new RotateRefresh('never', 'x', at(1_200)), state)).toThrow(DeskhandError);
  });
});
