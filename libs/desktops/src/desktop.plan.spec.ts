/** The plan as a table: one row per point at which a restarted control plane may find a desktop. */
import { describe, expect, it } from 'vitest';
import type { Observed, ObservedRun } from '#libs/runtime';
import { desktopDecider } from './desktop.decider.js';
import type { DesktopEvent } from './desktop.events.js';
import { type Action, type Plan, planDesktop, type Recollection } from './desktop.plan.js';

const T0 = Date.parse('2026-01-01T00:00:00.000Z');
const at = new Date(T0).toISOString();
const deadlines = { scheduleMs: 10_000, prepareMs: 40_000, startMs: 20_000, stopMs: 30_000, applicationStartMs: 5_000, idleMs: 3_600_000 };
const endpoint = { address: '127.0.0.1', port: 4000 };
const owner = { provider: 'local', subject: '1', name: 'Fry' };

const requested = (run = 2): DesktopEvent => ({
  type: 'DesktopRequested',
  data: { run, owner, profile: 'standard', settings: { width: 1, height: 1 }, at },
});
const scheduled: DesktopEvent = { type: 'DesktopScheduled', data: { run: 2, at } };
const ready: DesktopEvent = { type: 'DesktopBecameReady', data: { run: 2, endpoint, at } };
const connected: DesktopEvent = { type: 'DesktopConnected', data: { run: 2, at } };
const stopping: DesktopEvent = { type: 'DesktopStopRequested', data: { run: 2, reason: 'user', at } };
const stopped: DesktopEvent = { type: 'DesktopStopped', data: { run: 2, at } };
const failed: DesktopEvent = { type: 'DesktopFailed', data: { run: 2, cause: { code: 'DISPLAY_FAILED', detail: '' }, at } };
const launched: DesktopEvent = {
  type: 'ApplicationLaunchRequested',
  data: { run: 2, id: 'a', application: 'xterm', command: ['xterm'], at },
};
const container = { engine: 'pod', image: 'xterm:1' } as const;
const started: DesktopEvent = { type: 'ApplicationStarted', data: { run: 2, id: 'a', at } };
const exited: DesktopEvent = { type: 'ApplicationExited', data: { run: 2, id: 'a', exitCode: 0, at } };
const gaveUp: DesktopEvent = {
  type: 'ApplicationFailed',
  data: { run: 2, id: 'a', cause: { code: 'APPLICATION_FAILED', detail: '' }, at },
};
const closing: DesktopEvent = { type: 'ApplicationStopRequested', data: { run: 2, id: 'a', at } };

const seen = (phase: ObservedRun['phase'], more: Partial<ObservedRun> = {}): ObservedRun => ({ run: 2, phase, applications: [], ...more });
const up = (more: Partial<ObservedRun> = {}) => seen('running', { endpoint, connections: 0, ...more });
const older: ObservedRun = { run: 1, phase: 'terminating', applications: [] };
const known = (...runs: ObservedRun[]): Observed => ({ status: 'known', runs });
const unknown: Observed = { status: 'unknown', reason: 'it is down' };

const fails = (code: string): Partial<Action> => ({
  kind: 'report',
  finding: { kind: 'failed', cause: expect.objectContaining({ code }) },
});
const reports = (kind: string, more: object = {}) => ({ kind: 'report', finding: { kind, ...more } });
const app = (phase: ObservedRun['applications'][number]['phase'], more: object = {}) => up({ applications: [{ id: 'a', phase, ...more }] });

type Row = readonly [
  title: string,
  events: readonly DesktopEvent[],
  observed: Observed,
  elapsedMs: number,
  actions: readonly object[],
  again: number | undefined,
];

const rows: readonly Row[] = [
  ['nothing was asked for and nothing is there', [], known(), 0, [], undefined],
  ['a run is there that the log does not know of', [], known(up()), 0, [], 1_000],
  ['an orphan may be there: it cannot be asked', [], unknown, 0, [], 10_000],

  ['requested, nothing made yet', [requested()], known(), 0, [{ kind: 'start-desktop' }], 1_000],
  ['requested, the run before is still going', [requested()], known(older), 0, [{ kind: 'stop-desktop', run: 1 }], 1_000],
  ['requested, made, no place yet', [requested()], known(seen('pending')), 0, [], 1_000],
  ['requested, made, with a place', [requested()], known(seen('starting')), 0, [reports('scheduled')], undefined],
  [
    'requested, its image is being fetched',
    [requested()],
    known(seen('preparing')),
    0,
    [reports('scheduled', { preparing: true })],
    undefined,
  ],
  [
    'requested, no place, too late, and the runtime knows why',
    [requested()],
    known(seen('pending', { waitingFor: { code: 'DESKTOP_UNSCHEDULABLE', detail: '0/1 nodes' } })),
    10_000,
    [fails('DESKTOP_UNSCHEDULABLE')],
    undefined,
  ],
  ['requested, only something made for it is there', [requested()], known(seen('remains')), 0, [{ kind: 'start-desktop' }], 1_000],
  ['over, something made for it is there', [requested(), failed], known(seen('remains')), 0, [{ kind: 'stop-desktop', run: 2 }], 1_000],
  ['starting, its image is being fetched', [requested(), scheduled], known(seen('preparing')), 30_000, [], 1_000],
  [
    'starting, its image is not there in time',
    [requested(), scheduled],
    known(seen('preparing', { waitingFor: { code: 'IMAGE_UNAVAILABLE', detail: 'ImagePullBackOff' } })),
    40_000,
    [fails('IMAGE_UNAVAILABLE')],
    undefined,
  ],
  [
    'starting, long prepared and just begun',
    [requested(), scheduled],
    known(seen('starting', { startedAt: new Date(T0 + 39_000).toISOString() })),
    40_000,
    [],
    1_000,
  ],
  ['starting, only something made for it is left', [requested(), scheduled], known(seen('remains')), 0, [fails('DESKTOP_LOST')], undefined],
  ['requested, already running', [requested()], known(up()), 0, [reports('scheduled')], undefined],
  [
    'requested, already ended',
    [requested()],
    known(seen('ended', { cause: { code: 'DISPLAY_FAILED', detail: 'x' } })),
    0,
    [fails('DISPLAY_FAILED')],
    undefined,
  ],
  ['requested, cannot be asked', [requested()], unknown, 0, [], 1_000],
  ['requested, cannot be asked, too late', [requested()], unknown, 10_000, [fails('RUNTIME_UNAVAILABLE')], undefined],
  ['requested, no place, too late', [requested()], known(seen('pending')), 10_000, [fails('SCHEDULE_TIMED_OUT')], undefined],
  ['requested, never made, too late', [requested()], known(), 10_000, [fails('RUNTIME_UNAVAILABLE')], undefined],
  ['requested, the run before never went', [requested()], known(older), 10_000, [fails('STOP_TIMED_OUT')], undefined],
  ['requested, has a place at the last moment', [requested()], known(seen('starting')), 10_000, [reports('scheduled')], undefined],

  ['starting, no display yet', [requested(), scheduled], known(seen('starting', { endpoint })), 0, [], 1_000],
  ['starting, the display answers', [requested(), scheduled], known(up()), 0, [{ kind: 'probe', endpoint }], 1_000],
  ['starting, gone', [requested(), scheduled], known(), 0, [fails('DESKTOP_LOST')], undefined],
  ['starting, ended without a word', [requested(), scheduled], known(seen('ended')), 0, [fails('AGENT_EXITED')], undefined],
  ['starting, cannot be asked', [requested(), scheduled], unknown, 0, [], 1_000],
  ['starting, too late', [requested(), scheduled], known(seen('starting')), 20_000, [fails('START_TIMED_OUT')], undefined],

  ['ready and quiet', [requested(), scheduled, ready], known(up()), 0, [], 10_000],
  ['ready, cannot be asked', [requested(), scheduled, ready], unknown, 1e9, [], 10_000],
  ['ready, the agent was not heard yet', [requested(), scheduled, ready], known(seen('starting', { endpoint })), 1e9, [], 10_000],
  ['ready, gone', [requested(), scheduled, ready], known(), 0, [fails('DESKTOP_LOST')], undefined],
  [
    'ready, its display died',
    [requested(), scheduled, ready],
    known(seen('ended', { cause: { code: 'DISPLAY_ENDED', detail: '' } })),
    0,
    [fails('DISPLAY_ENDED')],
    undefined,
  ],
  ['ready, a browser came', [requested(), scheduled, ready], known(up({ connections: 2 })), 0, [reports('connected')], 10_000],
  ['ready, the last browser went', [requested(), scheduled, ready, connected], known(up()), 0, [reports('disconnected')], 10_000],
  ['ready, nobody came for too long', [requested(), scheduled, ready], known(up()), 3_600_000, [{ kind: 'stop-idle' }], undefined],
  [
    'ready, somebody came and went while no control plane listened',
    [requested(), scheduled, ready],
    known(up({ lastDisconnectedAt: new Date(T0 + 3_599_000).toISOString() })),
    3_600_000,
    [],
    10_000,
  ],
  [
    'ready, an agent says that somebody goes in the future',
    [requested(), scheduled, ready],
    known(up({ lastDisconnectedAt: '9999-01-01T00:00:00.000Z' })),
    3_600_000,
    [],
    10_000,
  ],
  ['ready, in use for longer than that', [requested(), scheduled, ready, connected], known(up({ connections: 1 })), 3_600_000, [], 1_000],
  [
    'ready, with a leftover of the run before',
    [requested(), scheduled, ready],
    known(older, up()),
    0,
    [{ kind: 'stop-desktop', run: 1 }],
    10_000,
  ],

  [
    'an application was asked for',
    [requested(), scheduled, ready, launched],
    known(up()),
    0,
    [{ kind: 'start-application', application: expect.objectContaining({ id: 'a' }) }],
    1_000,
  ],
  ['an application is on its way', [requested(), scheduled, ready, launched], known(app('starting')), 0, [], 1_000],
  [
    'an application runs',
    [requested(), scheduled, ready, launched],
    known(app('running')),
    0,
    [reports('application-started', { id: 'a' })],
    1_000,
  ],
  [
    'an application never came',
    [requested(), scheduled, ready, launched],
    known(up()),
    5_000,
    [{ kind: 'report', finding: { kind: 'application-failed', id: 'a', cause: expect.objectContaining({ code: 'APPLICATION_FAILED' }) } }],
    1_000,
  ],
  [
    'an application never came, and the runtime knows why',
    [requested(), scheduled, ready, launched],
    known(app('starting', { waitingFor: { code: 'IMAGE_UNAVAILABLE', detail: 'no such image' } })),
    5_000,
    [
      reports('application-failed', {
        id: 'a',
        cause: { code: 'IMAGE_UNAVAILABLE', detail: 'no such image (It did not start within 5 s.)' },
      }),
    ],
    1_000,
  ],
  [
    'the image of an application is being fetched',
    [requested(), scheduled, ready, { ...launched, data: { ...launched.data, container } } as DesktopEvent],
    known(app('starting')),
    39_999,
    [],
    1_000,
  ],
  [
    'the image of an application is not there in time',
    [requested(), scheduled, ready, { ...launched, data: { ...launched.data, container } } as DesktopEvent],
    known(app('starting')),
    40_000,
    [{ kind: 'report', finding: { kind: 'application-failed', id: 'a', cause: expect.objectContaining({ code: 'APPLICATION_FAILED' }) } }],
    1_000,
  ],
  [
    'an application that counts as failed comes after all',
    [requested(), scheduled, ready, launched, gaveUp],
    known(app('running')),
    0,
    [{ kind: 'stop-application', id: 'a' }],
    10_000,
  ],
  [
    'an application is over, and its output may still be asked for',
    [requested(), scheduled, ready, launched, started, exited],
    known(app('exited', { leftovers: 'output' })),
    599_999,
    [],
    10_000,
  ],
  [
    'an application failed and keeps a place',
    [requested(), scheduled, ready, launched, gaveUp],
    known(app('failed', { leftovers: 'place' })),
    0,
    [{ kind: 'stop-application', id: 'a' }],
    10_000,
  ],
  [
    'an application is over and has left something',
    [requested(), scheduled, ready, launched, started, exited],
    known(app('exited', { leftovers: 'output' })),
    600_000,
    [{ kind: 'stop-application', id: 'a' }],
    10_000,
  ],
  [
    'something is left of an application that is long forgotten',
    [requested(), scheduled, ready],
    known(app('failed', { leftovers: 'output' })),
    0,
    [{ kind: 'stop-application', id: 'a' }],
    10_000,
  ],
  [
    'an application was killed because it should end',
    [requested(), scheduled, ready, launched, started, closing],
    known(app('failed', { exitCode: 137, cause: { code: 'APPLICATION_CRASHED', detail: 'signal 9' } })),
    0,
    [reports('application-exited', { id: 'a', exitCode: 137 })],
    1_000,
  ],
  [
    'an application exited',
    [requested(), scheduled, ready, launched, started],
    known(app('exited', { exitCode: 3 })),
    0,
    [reports('application-exited', { id: 'a', exitCode: 3 })],
    10_000,
  ],
  [
    'an application is unknown to the agent',
    [requested(), scheduled, ready, launched, started],
    known(up()),
    0,
    [reports('application-exited', { id: 'a' })],
    10_000,
  ],
  [
    'an application is to end',
    [requested(), scheduled, ready, launched, started, closing],
    known(app('running')),
    0,
    [{ kind: 'stop-application', id: 'a' }],
    1_000,
  ],
  [
    'an application has ended as it should',
    [requested(), scheduled, ready, launched, started, closing],
    known(app('exited')),
    0,
    [reports('application-exited', { id: 'a' })],
    1_000,
  ],

  ['stopping, still there', [requested(), scheduled, ready, stopping], known(up()), 0, [{ kind: 'stop-desktop', run: 2 }], 1_000],
  ['stopping, gone', [requested(), scheduled, ready, stopping], known(), 0, [reports('gone')], undefined],
  ['stopping, cannot be asked', [requested(), scheduled, ready, stopping], unknown, 1e9, [], 10_000],
  ['stopping, too late', [requested(), scheduled, ready, stopping], known(up()), 30_000, [fails('STOP_TIMED_OUT')], undefined],

  ['stopped, nothing is left', [requested(), stopping, stopped], known(), 0, [], undefined],
  ['stopped, something came after all', [requested(), stopping, stopped], known(up()), 0, [{ kind: 'stop-desktop', run: 2 }], 1_000],
  ['failed, its remains are there', [requested(), failed], known(seen('ended')), 0, [{ kind: 'stop-desktop', run: 2 }], 1_000],
  ['failed, nothing is left', [requested(), failed], known(), 0, [], undefined],
];

describe('the plan of a desktop that is', () => {
  it.each(rows)('%s', (_title, events, observed, elapsedMs, actions, again) => {
    const state = events.reduce(desktopDecider.evolve, desktopDecider.initialState);
    const plan = planDesktop(state, observed, T0 + elapsedMs, deadlines);
    expect(plan.actions).toStrictEqual(actions);
    expect(plan.again).toBe(again === undefined ? undefined : T0 + elapsedMs + again);
  });
});

describe('the plan', () => {
  const planOf = (events: readonly DesktopEvent[], observed: Observed, elapsedMs = 0, recollection: Recollection = {}) =>
    planDesktop(events.reduce(desktopDecider.evolve, desktopDecider.initialState), observed, T0 + elapsedMs, deadlines, recollection);

  it.each<[string, readonly DesktopEvent[], Observed, true | undefined]>([
    ['that a starting desktop is lost', [requested(), scheduled], known(), true],
    ['that a desktop in use is lost', [requested(), scheduled, ready], known(), true],
    ['that an application has gone', [requested(), scheduled, ready, launched, started], known(up()), true],
    ['that an application has ended', [requested(), scheduled, ready, launched, started], known(app('exited')), undefined],
    ['to make what is not there', [requested()], known(), undefined],
  ])('%s rests on something not being there: %j', (_title, events, observed, byAbsence) => {
    expect(planOf(events, observed).byAbsence).toBe(byAbsence);
  });

  it('names what was in the way when a deadline passes', () => {
    const trouble = 'u may not delete pods.';
    const causeOf = (plan: Plan) => plan.actions[0];
    expect(causeOf(planOf([requested()], known(), 10_000, { trouble }))).toMatchObject({
      finding: { cause: { code: 'RUNTIME_UNAVAILABLE', detail: 'It could not be made within 10 s: u may not delete pods.' } },
    });
    expect(causeOf(planOf([requested(), scheduled, ready, stopping], known(up()), 30_000, { trouble }))).toMatchObject({
      finding: { cause: { code: 'STOP_TIMED_OUT', detail: 'It was still there after 30 s: u may not delete pods.' } },
    });
  });

  it.each<[string, readonly DesktopEvent[], Observed, number]>([
    ['requested', [requested()], unknown, 10_000],
    ['starting', [requested(), scheduled], known(seen('starting')), 20_000],
    ['stopping', [requested(), scheduled, ready, stopping], known(up()), 30_000],
    ['ready, with an application that starts', [requested(), scheduled, ready, launched], known(app('starting')), 5_000],
  ])('calls a desktop that is %s late only after a try of its own', (_title, events, observed, deadlineMs) => {
    // Its time was over when this process took it over, or its clock is another.
    const takenOverMs = 2 * deadlineMs;
    const isLateAt = (elapsedMs: number, tendedMs: number) =>
      planOf(events, observed, elapsedMs, { tendedSince: T0 + tendedMs }).actions.some(
        (action) => action.kind === 'report' && action.finding.kind.endsWith('failed'),
      );
    expect(isLateAt(takenOverMs, takenOverMs)).toBe(false);
    expect(isLateAt(takenOverMs + Math.min(deadlineMs, 10_000) - 1, takenOverMs)).toBe(false);
    expect(isLateAt(takenOverMs + Math.min(deadlineMs, 10_000), takenOverMs)).toBe(true);
    // Replicas that take it from each other in vain.
    expect(isLateAt(deadlineMs + 300_000, deadlineMs + 300_000)).toBe(true);
  });

  describe('for a run that is newer than the log, as it was read', () => {
    const newer = (run = 3): ObservedRun => ({ run, phase: 'running', applications: [] });
    const stops = (...runs: number[]) => runs.map((run) => ({ kind: 'stop-desktop', run }));
    const seenAt = (elapsedMs: number, run = 3): Recollection => ({ stranger: { run, since: T0 + elapsedMs } });
    const over = [requested(), stopping, stopped];

    it.each<[string, readonly DesktopEvent[], Observed, readonly object[]]>([
      ['absent', [], known(newer()), []],
      ['stopped', over, known(newer()), []],
      ['stopped, with an older one', over, known(older, newer()), stops(1)],
      ['stopping', [requested(), stopping], known(up(), newer()), stops(2)],
      ['requested', [requested()], known(older, newer()), stops(1)],
      ['ready', [requested(), scheduled, ready], known(up(), newer()), []],
    ])('leaves it alone at the first look at a desktop that is %s', (_title, events, observed, actions) => {
      const plan = planOf(events, observed);
      expect(plan.actions).toStrictEqual(actions);
      expect(plan.stranger).toStrictEqual({ run: 3, since: T0 });
      expect(plan.again).toBeLessThanOrEqual(T0 + 5_000);
    });

    it('does not begin the run that was asked for beside it', () => {
      expect(planOf([requested()], known(newer())).actions).toStrictEqual([]);
    });

    it('stops it, after a fresh look, when it is still unknown 5 s later', () => {
      expect(planOf(over, known(newer()), 4_999, seenAt(0)).actions).toStrictEqual([]);
      const plan = planOf(over, known(newer()), 5_000, seenAt(0));
      expect(plan).toMatchObject({ actions: stops(3), byAbsence: true, stranger: { run: 3, since: T0 } });
    });

    it('begins anew with another one, and with one that was seen long ago', () => {
      expect(planOf(over, known(newer(4)), 5_000, seenAt(0)).actions).toStrictEqual([]);
      expect(planOf(over, known(newer()), 40_000, seenAt(0)).stranger).toStrictEqual({ run: 3, since: T0 + 40_000 });
    });

    it('stops nothing that turns out to have been asked for meanwhile, and forgets it', () => {
      const plan = planOf([...over, requested(3)], known(newer()), 5_000, seenAt(0));
      expect(plan.actions).toStrictEqual([reports('scheduled')]);
      expect(plan.stranger).toBeUndefined();
    });
  });
});
