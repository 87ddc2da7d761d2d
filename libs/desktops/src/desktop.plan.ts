/** Compares what a desktop shall be with what is there, and says what to do next. Pure: the same three inputs give the same actions. */
import { assertNever } from '#libs/common';
import type { Cause, Endpoint, Observed, ObservedApplication, ObservedRun } from '#libs/runtime';
import type { Finding } from './desktop.commands.js';
import { type ApplicationState, type DesktopState, isOver, type KnownDesktop } from './desktop.state.js';

/** How long each phase may take, in milliseconds. */
export interface Deadlines {
  readonly scheduleMs: number;
  readonly prepareMs: number;
  readonly startMs: number;
  readonly stopMs: number;
  readonly applicationStartMs: number;
  /** From the last disconnect (or from ready) until a desktop without browsers is ended. */
  readonly idleMs: number;
}

export type Action =
  | { readonly kind: 'start-desktop' }
  | { readonly kind: 'stop-desktop'; readonly run: number }
  /** Try an RFB handshake; success is the finding `ready`. */
  | { readonly kind: 'probe'; readonly endpoint: Endpoint }
  | { readonly kind: 'start-application'; readonly application: ApplicationState }
  | { readonly kind: 'stop-application'; readonly id: string }
  | { readonly kind: 'report'; readonly finding: Finding }
  | { readonly kind: 'stop-idle' };

export interface Plan {
  readonly actions: readonly Action[];
  /** Look again then at the latest, in milliseconds since the epoch, though nothing was heard; absent when nothing is left to do. */
  readonly again?: number;
  /** It was concluded from something not being there, and cannot be taken back: look afresh before it is carried out. */
  readonly byAbsence?: true;
  /** To be shown to the next plan. */
  readonly stranger?: Stranger;
}

/** A run that is there though the log, as it was read, knows only older ones: somebody may have asked for it since. */
export interface Stranger {
  readonly run: number;
  /** Of the first look at it, in milliseconds since the epoch. */
  readonly since: number;
}

/** What earlier looks at the desktop have left. */
export interface Recollection {
  /** What went wrong when an action was last tried; absent where nothing did. */
  readonly trouble?: string | undefined;
  /** Since when this process has been the one that tends it, by its own clock, in milliseconds since the epoch; absent where that does not matter. */
  readonly tendedSince?: number | undefined;
  readonly stranger?: Stranger | undefined;
}

/** How soon to look again where the runtime should have told of a change but might not. */
const SOON_MS = 1_000;
const LATER_MS = 10_000;
/** How long the output of an application that has ended can still be read, where it takes something to keep it. */
const OUTPUT_KEPT_MS = 600_000;
/** A replica that was stalled reads what it missed within this time, or has lost its lease. */
const STRANGER_FOR_MS = 5_000;
/** Whoever takes a desktop over has so long for a try of its own before it calls a phase late. */
const FAIR_TRY_MS = 10_000;
/** Nothing is put off for longer: replicas that take it from each other in vain must come to an end too. */
const LONGEST_RESPITE_MS = 300_000;
/** A stranger of so long ago was another's matter in between. */
const STRANGER_FORGOTTEN_MS = 30_000;

export function planDesktop(desktop: DesktopState, observed: Observed, now: number, deadlines: Deadlines, past: Recollection = {}): Plan {
  if (observed.status === 'unknown') return planUnknown(desktop, observed.reason, now, deadlines, past);
  return spareStrangers(planKnown(desktop, observed.runs, now, deadlines, past), desktop, now, past.stranger);
}

function planKnown(desktop: DesktopState, runs: readonly ObservedRun[], now: number, deadlines: Deadlines, past: Recollection): Plan {
  switch (desktop.status) {
    case 'absent':
    case 'stopped':
    case 'failed':
      return sweep(runs, now);
    case 'stopping':
      return planStopping(desktop, runs, now, deadlines, past);
    case 'requested':
      return planRequested(desktop, runs, now, deadlines, past);
    case 'starting':
      return planStarting(desktop, runs, now, deadlines, past);
    case 'ready':
      return planReady(desktop, runs, now, deadlines, past);
    default:
      return assertNever(desktop);
  }
}

const at = (iso: string): number => Date.parse(iso);
/**
 * When a phase is late: after its time, which begins with an event and goes on while no replica lives; and not before the one that looks, maybe by another
 * clock, has had a try of its own.
 */
const lateAt = (begun: string, ms: number, { tendedSince = 0 }: Recollection): number =>
  Math.min(Math.max(at(begun) + ms, tendedSince + Math.min(ms, FAIR_TRY_MS)), at(begun) + ms + LONGEST_RESPITE_MS);
const report = (finding: Finding, again?: number): Plan => ({
  actions: [{ kind: 'report', finding }],
  ...(again === undefined ? {} : { again }),
});
const fail = (code: Cause['code'], detail: string): Plan => report({ kind: 'failed', cause: { code, detail } });
const stopAll = (runs: readonly ObservedRun[]): readonly Action[] => runs.map(({ run }) => ({ kind: 'stop-desktop', run }));
const inSeconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

/** A runtime that cannot be asked says nothing about the desktop, so nothing is done; only the deadline of a phase still counts. */
function planUnknown(desktop: DesktopState, reason: string, now: number, deadlines: Deadlines, past: Recollection): Plan {
  const late = deadlineOf(desktop, deadlines, past);
  if (late === undefined) return { actions: [], again: now + LATER_MS };
  if (now >= late) return fail('RUNTIME_UNAVAILABLE', `The runtime could not be asked: ${reason}`);
  return { actions: [], again: Math.min(late, now + SOON_MS) };
}

function deadlineOf(desktop: DesktopState, deadlines: Deadlines, past: Recollection): number | undefined {
  if (desktop.status === 'requested') return lateAt(desktop.requestedAt, deadlines.scheduleMs, past);
  // Whether it is still being prepared cannot be asked just now.
  if (desktop.status === 'starting') return lateAt(desktop.scheduledAt, deadlines.prepareMs + deadlines.startMs, past);
  return undefined;
}

/** Stops a run that the log does not know of only when it is still unknown some time later: what a newer replica has made is never stopped by a stale one. */
function spareStrangers(plan: Plan, desktop: DesktopState, now: number, last: Stranger | undefined): Plan {
  const known = desktop.status === 'absent' ? 0 : desktop.run;
  const isUnknown = (action: Action) => action.kind === 'stop-desktop' && action.run > known;
  const run = Math.max(known, ...plan.actions.map((action) => (action.kind === 'stop-desktop' ? action.run : 0)));
  if (run === known) return plan;
  const isSame = last?.run === run && now - last.since < STRANGER_FORGOTTEN_MS;
  const stranger = isSame ? last : { run, since: now };
  const due = stranger.since + STRANGER_FOR_MS;
  if (now >= due) return { ...plan, stranger, byAbsence: true };
  return { ...plan, actions: plan.actions.filter((action) => !isUnknown(action)), again: Math.min(plan.again ?? due, due), stranger };
}

/** No run of it should be there. */
function sweep(runs: readonly ObservedRun[], now: number): Plan {
  return runs.length === 0 ? { actions: [] } : { actions: stopAll(runs), again: now + SOON_MS };
}

function planStopping(
  desktop: KnownDesktop & { status: 'stopping' },
  runs: readonly ObservedRun[],
  now: number,
  { stopMs }: Deadlines,
  past: Recollection,
): Plan {
  if (runs.length === 0) return report({ kind: 'gone' });
  // What then fails keeps being swept: only the waiting ends.
  if (now >= lateAt(desktop.stopRequestedAt, stopMs, past))
    return fail('STOP_TIMED_OUT', `It was still there after ${inSeconds(stopMs)}${because(past.trouble)}`);
  return { actions: stopAll(runs), again: now + SOON_MS };
}

function planRequested(
  desktop: KnownDesktop & { status: 'requested' },
  runs: readonly ObservedRun[],
  now: number,
  { scheduleMs }: Deadlines,
  past: Recollection,
): Plan {
  const own = ownRun(desktop, runs);
  const late = lateAt(desktop.requestedAt, scheduleMs, past);
  if (own?.phase === 'preparing') return report({ kind: 'scheduled', preparing: true });
  if (own?.phase === 'starting' || own?.phase === 'running') return report({ kind: 'scheduled' });
  if (own && hasEnded(own)) return planEnded(own);
  const older = runs.filter(({ run }) => run !== desktop.run);
  if (now >= late) return planNoPlace(own, older, inSeconds(scheduleMs), past.trouble);
  const again = Math.min(late, now + SOON_MS);
  // One live desktop per user and profile: an older run has to be gone before the next one is made.
  if (older.length > 0) return { actions: stopAll(older), again };
  return { actions: own ? unfinished(own) : [{ kind: 'start-desktop' }], again };
}

/** What a killed process has begun is brought to its end, also where the desktop runs without it. */
const unfinished = ({ isUnfinished }: ObservedRun): readonly Action[] => (isUnfinished ? [{ kind: 'start-desktop' }] : []);

function planNoPlace(own: ObservedRun | undefined, older: readonly ObservedRun[], time: string, trouble: string | undefined): Plan {
  if (own) return planLate(own, 'SCHEDULE_TIMED_OUT', `No place was found within ${time}.`);
  const before = older[0];
  if (before) return fail('STOP_TIMED_OUT', `Its run ${before.run} was still there after ${time}${because(trouble)}`);
  return fail('RUNTIME_UNAVAILABLE', `It could not be made within ${time}${because(trouble)}`);
}

const because = (trouble: string | undefined): string => (trouble === undefined ? '.' : `: ${trouble}`);

function planStarting(
  desktop: KnownDesktop & { status: 'starting' },
  runs: readonly ObservedRun[],
  now: number,
  { prepareMs, startMs }: Deadlines,
  past: Recollection,
): Plan {
  const own = ownRun(desktop, runs);
  if (!own) return { ...fail('DESKTOP_LOST', 'It went away while it was starting.'), byAbsence: true };
  if (hasEnded(own)) return planEnded(own);
  const isPreparing = own.phase === 'preparing';
  const late = isPreparing ? lateAt(desktop.scheduledAt, prepareMs, past) : lateAt(own.startedAt ?? desktop.scheduledAt, startMs, past);
  if (now >= late && isPreparing) {
    return planLate(own, 'START_TIMED_OUT', `Its image and volumes were not fetched within ${inSeconds(prepareMs)}.`);
  }
  if (now >= late) return planLate(own, 'START_TIMED_OUT', `Its display did not answer within ${inSeconds(startMs)}.`);
  const again = Math.min(late, now + SOON_MS);
  const probe: readonly Action[] = own.phase === 'running' && own.endpoint ? [{ kind: 'probe', endpoint: own.endpoint }] : [];
  return { actions: [...unfinished(own), ...probe], again };
}

/** The live desktop's own run; what only remains of one that never came to be is made again. */
const ownRun = (desktop: KnownDesktop, runs: readonly ObservedRun[]): ObservedRun | undefined =>
  runs.find(({ run, phase }) => run === desktop.run && phase !== 'remains');

const hasEnded = ({ phase }: ObservedRun): boolean => phase === 'ended' || phase === 'terminating';

/** A deadline has passed: what it was waiting for is the cause, where the runtime knows it. */
function planLate(own: ObservedRun | undefined, code: Cause['code'], detail: string): Plan {
  return report({ kind: 'failed', cause: causeOf(own?.waitingFor, { code, detail }) });
}

const causeOf = (waitingFor: Cause | undefined, late: Cause): Cause =>
  waitingFor ? { ...waitingFor, detail: `${waitingFor.detail} (${late.detail})` } : late;

function planEnded(own: ObservedRun): Plan {
  const cause = own.cause ?? { code: 'AGENT_EXITED', detail: 'Its processes ended without a word.' };
  return report({ kind: 'failed', cause });
}

function planReady(
  desktop: KnownDesktop & { status: 'ready' },
  runs: readonly ObservedRun[],
  now: number,
  deadlines: Deadlines,
  past: Recollection,
): Plan {
  const own = ownRun(desktop, runs);
  if (!own) return { ...fail('DESKTOP_LOST', 'It went away while it was in use.'), byAbsence: true };
  if (hasEnded(own)) return planEnded(own);
  // The agent was not heard yet, for instance after a restart of the control plane: nothing can be said of what is in it.
  if (own.connections === undefined) return { actions: stopAll(runs.filter((each) => each !== own)), again: now + LATER_MS };
  const idleAt = lastInUse(desktop, own.lastDisconnectedAt, now) + deadlines.idleMs;
  if (!desktop.connected && own.connections === 0 && now >= idleAt) return { actions: [{ kind: 'stop-idle' }] };
  const applications = desktop.applications.filter((each) => !isOver(each));
  const isByAbsence =
    applications.some((each) => hasVanished(each, own.applications)) ||
    own.applications.some((each) => isUnknown(each, desktop.applications));
  const starting = applications.some(({ status }) => status === 'requested' || status === 'stopping');
  return {
    actions: [
      ...unfinished(own),
      ...stopAll(runs.filter((each) => each !== own)),
      ...connection(desktop.connected, own.connections),
      ...applications.flatMap((each) => planApplication(each, own.applications, now, deadlines, past)),
      ...planRemains(desktop.applications, own.applications, now),
    ],
    again: Math.min(now + (starting ? SOON_MS : LATER_MS), Math.max(idleAt, now + SOON_MS)),
    ...(isByAbsence ? { byAbsence: true } : {}),
  };
}

/** Also by what the agent says: browsers may have come and gone while no control plane listened. */
function lastInUse(desktop: KnownDesktop & { status: 'ready' }, heard: string | undefined, now: number): number {
  const told = at(desktop.lastDisconnectedAt ?? desktop.readyAt);
  return heard === undefined ? told : Math.max(told, Math.min(at(heard), now));
}

function connection(connected: boolean, connections: number): readonly Action[] {
  if (connected === connections > 0) return [];
  return [{ kind: 'report', finding: { kind: connected ? 'disconnected' : 'connected' } }];
}

/** Not in the log as it was read, and not over. */
const isUnknown = ({ id, phase }: ObservedApplication, applications: readonly ApplicationState[]): boolean =>
  phase !== 'exited' && phase !== 'failed' && !applications.some((each) => each.id === id);

const hasVanished = ({ id, status }: ApplicationState, observed: readonly ObservedApplication[]): boolean =>
  status === 'running' && !observed.some((each) => each.id === id);

/** What is over shall not be there: neither its remains nor, where it only counted as failed, itself; nor what the log does not know, maybe as it was restored. */
function planRemains(applications: readonly ApplicationState[], observed: readonly ObservedApplication[], now: number): readonly Action[] {
  return observed
    .filter(({ id, phase, leftovers }) => {
      const application = applications.find((each) => each.id === id);
      const isDone = phase === 'exited' || phase === 'failed';
      if (!isDone) return application === undefined || isOver(application);
      // One that is not known any more ended long ago.
      if (!application || leftovers === undefined) return leftovers !== undefined;
      if (!isOver(application)) return false;
      return leftovers === 'place' || now >= at(application.endedAt ?? application.requestedAt) + OUTPUT_KEPT_MS;
    })
    .map(({ id }) => ({ kind: 'stop-application', id }));
}

function planApplication(
  application: ApplicationState,
  all: readonly ObservedApplication[],
  now: number,
  { applicationStartMs, prepareMs }: Deadlines,
  past: Recollection,
): readonly Action[] {
  const { id, status } = application;
  const observed = all.find((each) => each.id === id);
  const exited = (exitCode?: number): readonly Action[] => [
    { kind: 'report', finding: { kind: 'application-exited', id, ...(exitCode === undefined ? {} : { exitCode }) } },
  ];
  const failed = (cause: Cause): readonly Action[] => [{ kind: 'report', finding: { kind: 'application-failed', id, cause } }];
  if (observed?.phase === 'exited') return exited(observed.exitCode);
  // Whoever is ended by us has not failed.
  if (observed?.phase === 'failed' && status === 'stopping') return exited(observed.exitCode);
  if (observed?.phase === 'failed') return failed(observed.cause ?? { code: 'APPLICATION_FAILED', detail: 'It ended without a word.' });
  switch (status) {
    case 'requested': {
      if (observed?.phase === 'running') return [{ kind: 'report', finding: { kind: 'application-started', id } }];
      // Where it has a container of its own, the image may have to be fetched first.
      const startMs = observed && application.container ? prepareMs : applicationStartMs;
      if (now >= lateAt(application.requestedAt, startMs, past))
        return failed(
          causeOf(observed?.waitingFor, { code: 'APPLICATION_FAILED', detail: `It did not start within ${inSeconds(startMs)}.` }),
        );
      return observed ? [] : [{ kind: 'start-application', application }];
    }
    case 'running':
      if (observed?.phase === 'stopping' && observed.cause) return failed(observed.cause);
      if (observed) return [];
      // Its pod stays until we remove it, and we have not.
      return application.container?.engine === 'pod'
        ? failed({ code: 'APPLICATION_LOST', detail: 'Its pod was deleted by somebody else.' })
        : exited();
    case 'stopping':
      return observed ? [{ kind: 'stop-application', id }] : exited();
    case 'exited':
    case 'failed':
      return [];
    default:
      return assertNever(status);
  }
}
