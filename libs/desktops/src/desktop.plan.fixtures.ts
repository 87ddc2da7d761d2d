/** Events of a desktop and what may be seen of it, for the specs of its plan. */
import type { Observed, ObservedRun } from '#libs/runtime';
import type { DesktopEvent } from './desktop.events.js';

export const T0 = Date.parse('2026-01-01T00:00:00.000Z');
export const at = new Date(T0).toISOString();
export const deadlines = {
  scheduleMs: 10_000,
  prepareMs: 40_000,
  startMs: 20_000,
  stopMs: 30_000,
  applicationStartMs: 5_000,
  idleMs: 3_600_000,
};
export const endpoint = { address: '127.0.0.1', port: 4000 };
export const owner = { provider: 'local', subject: '1', name: 'Fry' };

export const requested = (run = 2): DesktopEvent => ({
  type: 'DesktopRequested',
  data: { run, owner, profile: 'standard', settings: { width: 1, height: 1 }, at },
});
export const scheduled: DesktopEvent = { type: 'DesktopScheduled', data: { run: 2, at } };
export const ready: DesktopEvent = { type: 'DesktopBecameReady', data: { run: 2, endpoint, at } };
export const connected: DesktopEvent = { type: 'DesktopConnected', data: { run: 2, at } };
export const stopping: DesktopEvent = { type: 'DesktopStopRequested', data: { run: 2, reason: 'user', at } };
export const stopped: DesktopEvent = { type: 'DesktopStopped', data: { run: 2, at } };
export const failed: DesktopEvent = { type: 'DesktopFailed', data: { run: 2, cause: { code: 'DISPLAY_FAILED', detail: '' }, at } };
export const launched: DesktopEvent = {
  type: 'ApplicationLaunchRequested',
  data: { run: 2, id: 'a', application: 'xterm', command: ['xterm'], at },
};
export const container = { engine: 'pod', image: 'xterm:1' } as const;
export const started: DesktopEvent = { type: 'ApplicationStarted', data: { run: 2, id: 'a', at } };
export const exited: DesktopEvent = { type: 'ApplicationExited', data: { run: 2, id: 'a', exitCode: 0, at } };
export const gaveUp: DesktopEvent = {
  type: 'ApplicationFailed',
  data: { run: 2, id: 'a', cause: { code: 'APPLICATION_FAILED', detail: '' }, at },
};
export const closing: DesktopEvent = { type: 'ApplicationStopRequested', data: { run: 2, id: 'a', at } };

export const seen = (phase: ObservedRun['phase'], more: Partial<ObservedRun> = {}): ObservedRun => ({
  run: 2,
  phase,
  applications: [],
  ...more,
});
export const up = (more: Partial<ObservedRun> = {}) => seen('running', { endpoint, connections: 0, ...more });
export const older: ObservedRun = { run: 1, phase: 'terminating', applications: [] };
export const known = (...runs: ObservedRun[]): Observed => ({ status: 'known', runs });
export const unknown: Observed = { status: 'unknown', reason: 'it is down' };

export const reports = (kind: string, more: object = {}) => ({ kind: 'report', finding: { kind, ...more } });
export const app = (phase: ObservedRun['applications'][number]['phase'], more: object = {}) =>
  up({ applications: [{ id: 'a', phase, ...more }] });
