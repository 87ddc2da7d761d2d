/** The plan where it rests on more than the log and one look: what a process remembers of its tries and of strange runs. */
import { describe, expect, it } from 'vitest';
import type { Observed, ObservedRun } from '#libs/runtime';
import { desktopDecider } from './desktop.decider.js';
import type { DesktopEvent } from './desktop.events.js';
import {
  app,
  deadlines,
  known,
  launched,
  older,
  ready,
  reports,
  requested,
  scheduled,
  seen,
  started,
  stopped,
  stopping,
  T0,
  unknown,
  up,
} from './desktop.plan.fixtures.js';
import { type Plan, planDesktop, type Recollection } from './desktop.plan.js';

describe('the plan', () => {
  const planOf = (events: readonly DesktopEvent[], observed: Observed, elapsedMs = 0, recollection: Recollection = {}) =>
    planDesktop(events.reduce(desktopDecider.evolve, desktopDecider.initialState), observed, T0 + elapsedMs, deadlines, recollection);

  it.each<[string, readonly DesktopEvent[], Observed, true | undefined]>([
    ['that a starting desktop is lost', [requested(), scheduled], known(), true],
    ['that a desktop in use is lost', [requested(), scheduled, ready], known(), true],
    ['that an application has gone', [requested(), scheduled, ready, launched, started], known(up()), true],
    ['that an application is not of the log', [requested(), scheduled, ready], known(app('running')), true],
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
