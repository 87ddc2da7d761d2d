/** What each event does to the row of its desktop. */
import { expect, it } from 'vitest';
import type { DesktopEvent } from '../desktop.events.js';
import { desktopsView } from './desktops.view.js';

const at = '2026-01-01T00:00:00.000Z';
const ofRun = { run: 2, at };
const ofLaunch = { ...ofRun, id: 'launch' };
const key = { _id: 'leela', position: 7 };
const cause = { code: 'DISPLAY_ENDED', detail: 'It crashed.' } as const;
const owner = { provider: 'planet-express', subject: 'leela', name: 'Turanga' };
const begun = { ownerName: 'Turanga', status: 'requested', run: 2, since: at, connected: false, cause: '' };

const table: { readonly [Type in DesktopEvent['type']]: readonly [Extract<DesktopEvent, { type: Type }>['data'], readonly object[]] } = {
  DesktopRequested: [
    { ...ofRun, owner, profile: 'standard', settings: { width: 640, height: 480 } },
    [{ make: { ...key, ...begun, owner: 'planet-express leela', profile: 'standard' } }, { change: { ...key, ...begun } }],
  ],
  DesktopScheduled: [ofRun, [{ change: { ...key, status: 'starting', since: at } }]],
  DesktopBecameReady: [{ ...ofRun, endpoint: { address: '127.0.0.1', port: 1 } }, [{ change: { ...key, status: 'ready', since: at } }]],
  DesktopConnected: [ofRun, [{ change: { ...key, connected: true } }]],
  DesktopDisconnected: [ofRun, [{ change: { ...key, connected: false } }]],
  DesktopFailed: [{ ...ofRun, cause }, [{ change: { ...key, status: 'failed', since: at, connected: false, cause: 'DISPLAY_ENDED' } }]],
  DesktopStopRequested: [{ ...ofRun, reason: 'user' }, [{ change: { ...key, status: 'stopping', since: at } }]],
  DesktopStopped: [ofRun, [{ change: { ...key, status: 'stopped', since: at, connected: false } }]],
  ApplicationLaunchRequested: [{ ...ofLaunch, application: 'terminal', command: ['xterm'] }, []],
  ApplicationStarted: [ofLaunch, []],
  ApplicationStopRequested: [ofLaunch, []],
  ApplicationExited: [ofLaunch, []],
  ApplicationFailed: [{ ...ofLaunch, cause }, []],
};

const recorded = { position: 7, version: 1, metadata: {}, recordedAt: at };

it.each(Object.entries(table))('%s', (type, [data, changes]) => {
  expect(desktopsView.changesOf({ ...recorded, stream: 'desktop-leela', type, data })).toStrictEqual(changes);
});

it('leaves streams of other things alone', () => {
  expect(desktopsView.changesOf({ ...recorded, stream: 'session-1', type: 'DesktopConnected', data: ofRun })).toStrictEqual([]);
});
