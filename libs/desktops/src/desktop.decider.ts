/** Decides which facts a command about a desktop leads to. Pure. */
import { assertNever, DeskhandError, type UserIdentity } from '#libs/common';
import type { Decider } from '#libs/event-sourcing';
import type {
  CreateDesktop,
  DesktopCommand,
  LaunchApplication,
  ReportDesktopObserved,
  StopApplication,
  StopDesktop,
} from './desktop.commands.js';
import { type DesktopEvent, desktopUpcasters } from './desktop.events.js';
import { type ApplicationState, type DesktopState, evolve, isLive, isOver, type KnownDesktop } from './desktop.state.js';

/** In one run of a desktop. */
export const MAX_EPHEMERAL_LAUNCHES = 100;

export const desktopDecider: Decider<DesktopCommand, DesktopEvent, DesktopState> = {
  initialState: { status: 'absent' },
  upcasters: desktopUpcasters,
  evolve,
  decide,
};

function decide(command: DesktopCommand, state: DesktopState): readonly DesktopEvent[] {
  switch (command.type) {
    case 'CreateDesktop':
      return create(command, state);
    case 'StopDesktop':
      return stop(command, state);
    case 'LaunchApplication':
      return launch(command, state);
    case 'StopApplication':
      return stopApplication(command, state);
    case 'ReportDesktopObserved':
      return report(command, state);
    default:
      return assertNever(command);
  }
}

function create({ owner, profile, settings, places, at }: CreateDesktop, state: DesktopState): readonly DesktopEvent[] {
  if (isLive(state)) return [];
  if (places.taken >= places.limit && state.status !== 'stopping') throw new DeskhandError('DESKTOP_LIMIT_REACHED');
  const run = state.status === 'absent' ? 1 : state.run + 1;
  return [{ type: 'DesktopRequested', data: { run, owner, profile, settings, at } }];
}

function stop({ reason, at, by }: StopDesktop, state: DesktopState): readonly DesktopEvent[] {
  const desktop = ownedBy(state, by);
  return isLive(desktop) ? [{ type: 'DesktopStopRequested', data: { run: desktop.run, reason, at } }] : [];
}

function launch(wanted: LaunchApplication, state: DesktopState): readonly DesktopEvent[] {
  const { id, application, command, limit, at, by } = wanted;
  const desktop = ownedBy(state, by);
  if (desktop.status !== 'ready') throw new DeskhandError('DESKTOP_NOT_READY', `The desktop is ${desktop.status}.`);
  if (desktop.applications.some((each) => each.id === id)) return [];
  if (desktop.applications.filter((each) => !isOver(each)).length >= limit) {
    throw new DeskhandError('APPLICATION_LIMIT_REACHED', `${limit} applications run on this desktop already.`);
  }
  const container = containerFor(wanted, desktop);
  return [
    { type: 'ApplicationLaunchRequested', data: { run: desktop.run, id, application, command, ...(container ? { container } : {}), at } },
  ];
}

/** Kubernetes never removes an ephemeral container from a pod: a pod that has had many is large, and slow to change. */
function containerFor({ container, mayBePod }: LaunchApplication, desktop: KnownDesktop): LaunchApplication['container'] {
  if (container?.engine !== 'ephemeral-container' || desktop.ephemeralLaunches < MAX_EPHEMERAL_LAUNCHES) return container;
  if (mayBePod) return { ...container, engine: 'pod' };
  throw new DeskhandError(
    'APPLICATION_LIMIT_REACHED',
    `${MAX_EPHEMERAL_LAUNCHES} applications were started on this desktop, more than its pod can hold. End the desktop and start it again.`,
  );
}

function stopApplication({ id, at, by }: StopApplication, state: DesktopState): readonly DesktopEvent[] {
  const desktop = ownedBy(state, by);
  const application = desktop.applications.find((each) => each.id === id);
  if (!application) throw new DeskhandError('APPLICATION_NOT_FOUND', 'No such application runs on this desktop.');
  const ends = desktop.status === 'ready' && !isOver(application) && application.status !== 'stopping';
  return ends ? [{ type: 'ApplicationStopRequested', data: { run: desktop.run, id, at } }] : [];
}

/** A finding counts for its own run only, and only while it is news. */
function report({ run, finding, at }: ReportDesktopObserved, state: DesktopState): readonly DesktopEvent[] {
  if (state.status === 'absent' || state.run !== run) return [];
  const of = { run, at };
  switch (finding.kind) {
    case 'scheduled':
      return state.status === 'requested'
        ? [{ type: 'DesktopScheduled', data: { ...of, ...(finding.preparing ? { preparing: true } : {}) } }]
        : [];
    case 'ready':
      return state.status === 'starting' ? [{ type: 'DesktopBecameReady', data: { ...of, endpoint: finding.endpoint } }] : [];
    case 'connected':
      return state.status === 'ready' && !state.connected ? [{ type: 'DesktopConnected', data: of }] : [];
    case 'disconnected':
      return state.status === 'ready' && state.connected ? [{ type: 'DesktopDisconnected', data: of }] : [];
    case 'failed':
      return isLive(state) || state.status === 'stopping' ? [{ type: 'DesktopFailed', data: { ...of, cause: finding.cause } }] : [];
    case 'gone':
      return state.status === 'stopping' ? [{ type: 'DesktopStopped', data: of }] : [];
    case 'application-started':
      return running(state, finding.id)?.status === 'requested' ? [{ type: 'ApplicationStarted', data: { ...of, id: finding.id } }] : [];
    case 'application-exited': {
      const exit = finding.exitCode === undefined ? {} : { exitCode: finding.exitCode };
      return running(state, finding.id) ? [{ type: 'ApplicationExited', data: { ...of, id: finding.id, ...exit } }] : [];
    }
    case 'application-failed':
      return running(state, finding.id) ? [{ type: 'ApplicationFailed', data: { ...of, id: finding.id, cause: finding.cause } }] : [];
    default:
      return assertNever(finding);
  }
}

function running(state: KnownDesktop, id: string): ApplicationState | undefined {
  return state.applications.find((application) => application.id === id && !isOver(application));
}

/** Somebody else's desktop is answered like one that never was: its existence is not theirs to know. */
export function ownedBy(state: DesktopState, by: UserIdentity | undefined): KnownDesktop {
  if (state.status === 'absent') throw new DeskhandError('DESKTOP_NOT_FOUND');
  if (by && (state.owner.provider !== by.provider || state.owner.subject !== by.subject)) throw new DeskhandError('DESKTOP_NOT_FOUND');
  return state;
}
