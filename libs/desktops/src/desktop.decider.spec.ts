/** The laws of a desktop: which facts follow from which commands. */
import { describe, expect, it } from 'vitest';
import {
  CreateDesktop,
  type DesktopCommand,
  type Finding,
  LaunchApplication,
  ReportDesktopObserved,
  StopApplication,
  StopDesktop,
} from './desktop.commands.js';
import { desktopDecider, MAX_EPHEMERAL_LAUNCHES } from './desktop.decider.js';
import type { DesktopEvent } from './desktop.events.js';
import type { DesktopState } from './desktop.state.js';

const AT = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-01T00:00:05.000Z';
const owner = { provider: 'local', subject: '1', name: 'Fry' };
const stranger = { provider: 'ldap', subject: '1' };
const settings = { width: 1280, height: 800 };
const endpoint = { address: '127.0.0.1', port: 4000 };
const room = { taken: 0, limit: 10 };

const fold = (events: readonly DesktopEvent[]): DesktopState => events.reduce(desktopDecider.evolve, desktopDecider.initialState);
const given = (events: readonly DesktopEvent[]) => ({
  when: (command: DesktopCommand) => ({
    then: (expected: readonly DesktopEvent[]) => expect(desktopDecider.decide(command, fold(events))).toStrictEqual(expected),
    thenRefused: (code: string) =>
      expect(() => desktopDecider.decide(command, fold(events))).toThrowError(expect.objectContaining({ code })),
  }),
});

const create = (places = room) => new CreateDesktop('d', owner, 'standard', settings, places, LATER);
const stop = new StopDesktop('d', 'user', LATER, owner);
const report = (finding: Finding, run = 1) => new ReportDesktopObserved('d', run, finding, LATER);
const launch = new LaunchApplication('d', 'a1', 'xterm', ['xterm'], 2, LATER, owner);

const requestedRun = (run: number): DesktopEvent => ({
  type: 'DesktopRequested',
  data: { run, owner, profile: 'standard', settings, at: AT },
});
const requested = requestedRun(1);
const scheduled: DesktopEvent = { type: 'DesktopScheduled', data: { run: 1, at: AT } };
const ready: DesktopEvent = { type: 'DesktopBecameReady', data: { run: 1, endpoint, at: AT } };
const connected: DesktopEvent = { type: 'DesktopConnected', data: { run: 1, at: AT } };
const stopRequested: DesktopEvent = { type: 'DesktopStopRequested', data: { run: 1, reason: 'user', at: AT } };
const stopped: DesktopEvent = { type: 'DesktopStopped', data: { run: 1, at: AT } };
const failed: DesktopEvent = { type: 'DesktopFailed', data: { run: 1, cause: { code: 'DISPLAY_FAILED', detail: 'no' }, at: AT } };
const launched = (id = 'a1'): DesktopEvent => ({
  type: 'ApplicationLaunchRequested',
  data: { run: 1, id, application: 'xterm', command: ['xterm'], at: AT },
});

describe('creating a desktop', () => {
  it('requests the first run', () =>
    given([])
      .when(create())
      .then([{ type: 'DesktopRequested', data: { run: 1, owner, profile: 'standard', settings, at: LATER } }]));

  it.each([
    ['requested', [requested]],
    ['starting', [requested, scheduled]],
    ['ready', [requested, scheduled, ready]],
  ])('resumes one that is %s', (_status, events) =>
    given(events as DesktopEvent[])
      .when(create())
      .then([]),
  );

  it.each([
    ['stopping', [requested, stopRequested]],
    ['stopped', [requested, stopRequested, stopped]],
    ['failed', [requested, failed]],
  ])('begins the next run after one that is %s', (_status, events) =>
    given(events as DesktopEvent[])
      .when(create())
      .then([{ type: 'DesktopRequested', data: { run: 2, owner, profile: 'standard', settings, at: LATER } }]),
  );

  it('is refused when every place is taken', () =>
    given([])
      .when(create({ taken: 10, limit: 10 }))
      .thenRefused('DESKTOP_LIMIT_REACHED'));
  it('resumes a live one though every place is taken', () =>
    given([requested])
      .when(create({ taken: 10, limit: 10 }))
      .then([]));
});

describe('stopping a desktop', () => {
  it.each([
    ['requested', [requested]],
    ['starting', [requested, scheduled]],
    ['ready', [requested, scheduled, ready]],
  ])('is legal while it is %s', (_status, events) =>
    given(events as DesktopEvent[])
      .when(stop)
      .then([{ type: 'DesktopStopRequested', data: { run: 1, reason: 'user', at: LATER } }]),
  );
  it('asks once', () => given([requested, stopRequested]).when(stop).then([]));
  it('asks nothing of one that is over', () => given([requested, stopRequested, stopped]).when(stop).then([]));
  it('does not know one that never was', () => given([]).when(stop).thenRefused('DESKTOP_NOT_FOUND'));
  it("does not know somebody else's", () =>
    given([requested])
      .when(new StopDesktop('d', 'user', LATER, stranger))
      .thenRefused('DESKTOP_NOT_FOUND'));
  it('is allowed to the system', () =>
    given([requested])
      .when(new StopDesktop('d', 'idle', LATER))
      .then([{ type: 'DesktopStopRequested', data: { run: 1, reason: 'idle', at: LATER } }]));
});

describe('a report of what was observed', () => {
  it('makes a requested desktop scheduled', () =>
    given([requested])
      .when(report({ kind: 'scheduled' }))
      .then([{ type: 'DesktopScheduled', data: { run: 1, at: LATER } }]));
  it('makes a starting desktop ready', () =>
    given([requested, scheduled])
      .when(report({ kind: 'ready', endpoint }))
      .then([{ type: 'DesktopBecameReady', data: { run: 1, at: LATER, endpoint } }]));
  it('says nothing twice', () =>
    given([requested, scheduled, ready])
      .when(report({ kind: 'ready', endpoint }))
      .then([]));
  it('of an older run counts for nothing', () =>
    given([requested, failed, requestedRun(2)])
      .when(report({ kind: 'scheduled' }, 1))
      .then([]));
  it('does not make a cancelled desktop ready', () =>
    given([requested, scheduled, stopRequested])
      .when(report({ kind: 'ready', endpoint }))
      .then([]));
  it('ends a stopping desktop when it has gone', () =>
    given([requested, stopRequested])
      .when(report({ kind: 'gone' }))
      .then([{ type: 'DesktopStopped', data: { run: 1, at: LATER } }]));
  it('does not end a live desktop because it has gone', () =>
    given([requested, scheduled, ready])
      .when(report({ kind: 'gone' }))
      .then([]));
  it('fails a live desktop with its cause', () =>
    given([requested, scheduled])
      .when(report({ kind: 'failed', cause: { code: 'START_TIMED_OUT', detail: 'slow' } }))
      .then([{ type: 'DesktopFailed', data: { run: 1, at: LATER, cause: { code: 'START_TIMED_OUT', detail: 'slow' } } }]));
  it('does not fail one that has failed', () =>
    given([requested, failed])
      .when(report({ kind: 'failed', cause: { code: 'DESKTOP_LOST', detail: '' } }))
      .then([]));
  it('notes the first browser', () =>
    given([requested, scheduled, ready])
      .when(report({ kind: 'connected' }))
      .then([{ type: 'DesktopConnected', data: { run: 1, at: LATER } }]));
  it('notes the last browser that went', () =>
    given([requested, scheduled, ready, connected])
      .when(report({ kind: 'disconnected' }))
      .then([{ type: 'DesktopDisconnected', data: { run: 1, at: LATER } }]));
  it('does not note a disconnect before any connect', () =>
    given([requested, scheduled, ready])
      .when(report({ kind: 'disconnected' }))
      .then([]));
});

describe('applications', () => {
  const up = [requested, scheduled, ready];
  it('are launched on a ready desktop', () =>
    given(up)
      .when(launch)
      .then([{ type: 'ApplicationLaunchRequested', data: { run: 1, id: 'a1', application: 'xterm', command: ['xterm'], at: LATER } }]));
  it('are launched once for one id', () =>
    given([...up, launched()])
      .when(launch)
      .then([]));
  it('are refused while the desktop is not ready', () => given([requested]).when(launch).thenRefused('DESKTOP_NOT_READY'));
  it('are refused beyond the limit', () =>
    given([...up, launched('x'), launched('y')])
      .when(launch)
      .thenRefused('APPLICATION_LIMIT_REACHED'));
  it("are refused on somebody else's desktop", () =>
    given(up)
      .when(new LaunchApplication('d', 'a1', 'xterm', ['xterm'], 2, LATER, stranger))
      .thenRefused('DESKTOP_NOT_FOUND'));
  it('start, once', () => {
    given([...up, launched()])
      .when(report({ kind: 'application-started', id: 'a1' }))
      .then([{ type: 'ApplicationStarted', data: { run: 1, at: LATER, id: 'a1' } }]);
    given([...up, launched(), { type: 'ApplicationStarted', data: { run: 1, at: AT, id: 'a1' } }])
      .when(report({ kind: 'application-started', id: 'a1' }))
      .then([]);
  });
  it('are stopped once', () => {
    const command = new StopApplication('d', 'a1', LATER, owner);
    given([...up, launched()])
      .when(command)
      .then([{ type: 'ApplicationStopRequested', data: { run: 1, id: 'a1', at: LATER } }]);
    given([...up, launched(), { type: 'ApplicationStopRequested', data: { run: 1, id: 'a1', at: AT } }])
      .when(command)
      .then([]);
  });
  it('are not found when they never ran', () =>
    given(up)
      .when(new StopApplication('d', 'zz', LATER, owner))
      .thenRefused('APPLICATION_NOT_FOUND'));
  it('exit with their code', () =>
    given([...up, launched()])
      .when(report({ kind: 'application-exited', id: 'a1', exitCode: 3 }))
      .then([{ type: 'ApplicationExited', data: { run: 1, at: LATER, id: 'a1', exitCode: 3 } }]));
  it('end with their desktop', () =>
    expect(fold([...up, launched(), stopRequested, stopped])).toMatchObject({
      applications: [{ id: 'a1', status: 'exited', endedAt: AT }],
    }));
  it('that ended are forgotten but for the newest fifty', () => {
    const many = Array.from({ length: 60 }, (_, n) => [
      launched(`n${n}`),
      { type: 'ApplicationExited', data: { run: 1, id: `n${n}`, at: AT } } satisfies DesktopEvent,
    ]).flat();
    const state = fold([...up, ...many]);
    expect(state.status === 'ready' && state.applications.map(({ id }) => id)).toStrictEqual(
      Array.from({ length: 50 }, (_, n) => `n${n + 10}`),
    );
  });
});

describe('launching an application as a container', () => {
  const container = { engine: 'ephemeral-container', image: 'xterm:1' } as const;
  const inContainer = (mayBePod: boolean) => new LaunchApplication('d', 'new', 'xterm', ['xterm'], 2, LATER, owner, container, mayBePod);
  const launchedAs = (engine: 'ephemeral-container' | 'pod', id: string): DesktopEvent => ({
    type: 'ApplicationLaunchRequested',
    data: { run: 1, id, application: 'xterm', command: ['xterm'], container: { engine, image: 'xterm:1' }, at: LATER },
  });
  const ended = (id: string): DesktopEvent => ({ type: 'ApplicationExited', data: { run: 1, id, exitCode: 0, at: AT } });
  const manyBefore = Array.from({ length: MAX_EPHEMERAL_LAUNCHES }, (_, index) => [
    launchedAs('ephemeral-container', `old-${index}`),
    ended(`old-${index}`),
  ]).flat();
  const upAndRunning = [requested, scheduled, ready];

  it('says in which', () =>
    given(upAndRunning)
      .when(inContainer(true))
      .then([launchedAs('ephemeral-container', 'new')]));
  it('becomes a pod where the pod of the desktop has had too many', () =>
    given([...upAndRunning, ...manyBefore])
      .when(inContainer(true))
      .then([launchedAs('pod', 'new')]));
  it('is refused then, where a pod would not see the files', () =>
    given([...upAndRunning, ...manyBefore])
      .when(inContainer(false))
      .thenRefused('APPLICATION_LIMIT_REACHED'));
  it('counts for one run only', () =>
    given([
      ...upAndRunning,
      ...manyBefore,
      stopRequested,
      stopped,
      requestedRun(2),
      { ...ready, data: { ...ready.data, run: 2 } } as DesktopEvent,
    ])
      .when(inContainer(false))
      .then([
        { ...launchedAs('ephemeral-container', 'new'), data: { ...launchedAs('ephemeral-container', 'new').data, run: 2 } } as DesktopEvent,
      ]));
});
