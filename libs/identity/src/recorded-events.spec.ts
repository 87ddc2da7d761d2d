/** Old events stay readable: one recorded event of every type that was ever stored folds into a state, for ever. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fold } from '#libs/event-sourcing';
import { banDecider } from './ban.decider.js';
import type { BanEvent } from './ban.events.js';
import { sessionDecider } from './session.decider.js';
import type { SessionEvent } from './session.events.js';

const folderOf = (stream: string) => new URL(`../../../test/recorded-events/${stream}/`, import.meta.url);
const folder = folderOf('session');
const recorded = (type: string): SessionEvent => JSON.parse(readFileSync(new URL(`${type}.json`, folder), 'utf8'));

const outcomes: Record<SessionEvent['type'], object> = {
  SessionStarted: { status: 'live', start: { identity: { provider: 'planet-express', subject: 'planetexpress-fry' }, idleSeconds: 14400 } },
  SessionRenewed: { status: 'live', renewedAt: '2026-11-22T22:14:00.000Z', used: ['qf1lYwcbqOwK6x0Dqy0lRk5cdmVkbQqzvUuO3k0vJY8'] },
  SessionEnded: { status: 'ended', reason: 'logout' },
  LoginRefused: { status: 'refused' },
};

describe('a recorded session event', () => {
  it.each(Object.entries(outcomes))('%s folds', (type, outcome) => {
    expect(fold(sessionDecider, type === 'LoginRefused' ? [recorded(type)] : [recorded('SessionStarted'), recorded(type)])).toMatchObject(
      outcome,
    );
  });

  it('is there for every file, and the other way round', () => {
    expect(readdirSync(folder).sort()).toStrictEqual(
      Object.keys(outcomes)
        .map((type) => `${type}.json`)
        .sort(),
    );
  });
});

const bans: Record<BanEvent['type'], object> = {
  SourceBanned: { status: 'banned', reason: 'failures', until: '2026-11-24T14:10:00.000Z' },
  BanLifted: { status: 'free' },
};

describe('a recorded event of a ban', () => {
  it.each(Object.entries(bans))('%s folds', (type, outcome) => {
    const event = JSON.parse(readFileSync(new URL(`${type}.json`, folderOf('ban')), 'utf8'));
    expect(fold(banDecider, [event])).toStrictEqual(outcome);
  });

  it('is there for every file, and the other way round', () => {
    expect(readdirSync(folderOf('ban')).sort()).toStrictEqual(
      Object.keys(bans)
        .map((type) => `${type}.json`)
        .sort(),
    );
  });
});
