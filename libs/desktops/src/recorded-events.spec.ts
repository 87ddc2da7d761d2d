/** Old events stay readable: one recorded event of every type that was ever stored folds into a state, for ever. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fold } from '#libs/event-sourcing';
import { desktopDecider } from './desktop.decider.js';
import type { DesktopEvent } from './desktop.events.js';

const folder = new URL('../../../test/recorded-events/desktop/', import.meta.url);
const recorded = (type: string): DesktopEvent => JSON.parse(readFileSync(new URL(`${type}.json`, folder), 'utf8'));
const before = [
  recorded('DesktopRequested'),
  recorded('DesktopScheduled'),
  recorded('DesktopBecameReady'),
  recorded('ApplicationLaunchRequested'),
];

/** What each event makes of a ready desktop with one application that was asked for. */
const outcomes: Record<DesktopEvent['type'], object> & Record<string, object> = {
  DesktopRequested: { status: 'requested', profile: 'standard', owner: { provider: 'planet-express', subject: 'fry' } },
  DesktopScheduled: { status: 'starting' },
  'DesktopScheduled.preparing': { status: 'starting' },
  DesktopBecameReady: { status: 'ready', endpoint: { address: '127.0.0.1', port: 40123 } },
  DesktopConnected: { status: 'ready', connected: true },
  DesktopDisconnected: { status: 'ready', connected: false, lastDisconnectedAt: '2026-11-22T22:00:00.000Z' },
  DesktopFailed: { status: 'failed', cause: { code: 'DISPLAY_ENDED' } },
  DesktopStopRequested: { status: 'stopping', reason: 'log-off' },
  DesktopStopped: { status: 'stopped' },
  ApplicationLaunchRequested: { applications: [{ status: 'requested' }, { status: 'requested' }] },
  'ApplicationLaunchRequested.container': {
    applications: [{}, { container: { engine: 'ephemeral-container', image: 'registry.example.org/terminal:1' } }],
    ephemeralLaunches: 1,
  },
  ApplicationStarted: { applications: [{ status: 'running' }] },
  ApplicationStopRequested: { applications: [{ status: 'stopping' }] },
  ApplicationExited: { applications: [{ status: 'exited', exitCode: 0 }] },
  ApplicationFailed: { applications: [{ status: 'failed', cause: { code: 'APPLICATION_FAILED' } }] },
};

describe('a recorded desktop event', () => {
  it.each(Object.entries(outcomes))('%s folds', (type, outcome) => {
    expect(fold(desktopDecider, [...before, recorded(type)])).toMatchObject(outcome);
  });

  it('is there for every file, and the other way round', () => {
    expect(readdirSync(folder).sort()).toStrictEqual(
      Object.keys(outcomes)
        .map((type) => `${type}.json`)
        .sort(),
    );
  });
});
