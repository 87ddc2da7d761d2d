/** What a desktop is, folded from its events: the state that the decider and the plan look at. */
import type { UserIdentity } from '#libs/common';
import { assertNever } from '#libs/common';
import type { ApplicationContainer, Cause, Endpoint } from '#libs/runtime';
import type { DesktopEvent, DesktopSettings, StopReason } from './desktop.events.js';

export type ApplicationStatus = 'requested' | 'running' | 'stopping' | 'exited' | 'failed';

export interface ApplicationState {
  readonly id: string;
  readonly application: string;
  readonly command: readonly string[];
  readonly container?: ApplicationContainer;
  readonly status: ApplicationStatus;
  readonly requestedAt: string;
  readonly endedAt?: string;
  readonly exitCode?: number;
  readonly cause?: Cause;
}

interface Known {
  readonly run: number;
  readonly owner: UserIdentity & { readonly name: string };
  readonly profile: string;
  readonly settings: DesktopSettings;
  readonly requestedAt: string;
  /** In the order of their launch; of the ended ones only the newest. */
  readonly applications: readonly ApplicationState[];
  /** How many applications this run has had as ephemeral containers. */
  readonly ephemeralLaunches: number;
  readonly readyAt?: string;
  readonly lastDisconnectedAt?: string;
}

export type DesktopState =
  | { readonly status: 'absent' }
  | (Known & { readonly status: 'requested' })
  | (Known & { readonly status: 'starting'; readonly scheduledAt: string })
  | (Known & { readonly status: 'ready'; readonly readyAt: string; readonly endpoint: Endpoint; readonly connected: boolean })
  | (Known & { readonly status: 'stopping'; readonly reason: StopReason; readonly stopRequestedAt: string })
  | (Known & { readonly status: 'stopped'; readonly reason: StopReason; readonly stoppedAt: string })
  | (Known & { readonly status: 'failed'; readonly cause: Cause; readonly failedAt: string });

export type KnownDesktop = Exclude<DesktopState, { status: 'absent' }>;
export type DesktopStatus = KnownDesktop['status'];

/** How many ended applications a desktop remembers. */
const ENDED_APPLICATIONS = 50;

export const isOver = (application: ApplicationState): boolean => application.status === 'exited' || application.status === 'failed';

/** Whether the desktop is, or is on its way to be: what counts as live for the one-per-user law. */
export const isLive = (state: DesktopState): state is Extract<DesktopState, { status: 'requested' | 'starting' | 'ready' }> =>
  state.status === 'requested' || state.status === 'starting' || state.status === 'ready';

const known = ({
  run,
  owner,
  profile,
  settings,
  requestedAt,
  applications,
  ephemeralLaunches,
  readyAt,
  lastDisconnectedAt,
}: KnownDesktop): Known => ({
  run,
  owner,
  profile,
  settings,
  requestedAt,
  applications,
  ephemeralLaunches,
  ...(readyAt === undefined ? {} : { readyAt }),
  ...(lastDisconnectedAt === undefined ? {} : { lastDisconnectedAt }),
});

function change(state: KnownDesktop, id: string, next: Partial<ApplicationState>): KnownDesktop {
  const applications = state.applications.map((application) => (application.id === id ? { ...application, ...next } : application));
  const surplus = applications.filter(isOver).length - ENDED_APPLICATIONS;
  const forgotten = new Set(applications.filter(isOver).slice(0, Math.max(0, surplus)));
  return { ...state, applications: applications.filter((application) => !forgotten.has(application)) };
}

/** Applications end with their desktop. */
const endAll = (state: KnownDesktop, at: string): readonly ApplicationState[] =>
  state.applications.map((application) => (isOver(application) ? application : { ...application, status: 'exited', endedAt: at }));

export function evolve(state: DesktopState, event: DesktopEvent): DesktopState {
  if (event.type === 'DesktopRequested') {
    const { run, owner, profile, settings, at } = event.data;
    return { status: 'requested', run, owner, profile, settings, requestedAt: at, applications: [], ephemeralLaunches: 0 };
  }
  if (state.status === 'absent') return state;
  const { at } = event.data;
  switch (event.type) {
    case 'DesktopScheduled':
      return { ...known(state), status: 'starting', scheduledAt: at };
    case 'DesktopBecameReady':
      return { ...known(state), status: 'ready', readyAt: at, endpoint: event.data.endpoint, connected: false };
    case 'DesktopConnected':
      return state.status === 'ready' ? { ...state, connected: true } : state;
    case 'DesktopDisconnected':
      return state.status === 'ready' ? { ...state, connected: false, lastDisconnectedAt: at } : state;
    case 'DesktopFailed':
      return { ...known(state), status: 'failed', cause: event.data.cause, failedAt: at, applications: endAll(state, at) };
    case 'DesktopStopRequested':
      return { ...known(state), status: 'stopping', reason: event.data.reason, stopRequestedAt: at };
    case 'DesktopStopped':
      return {
        ...known(state),
        status: 'stopped',
        reason: state.status === 'stopping' ? state.reason : 'user',
        stoppedAt: at,
        applications: endAll(state, at),
      };
    case 'ApplicationLaunchRequested': {
      const { id, application, command, container } = event.data;
      const launched = { id, application, command, ...(container ? { container } : {}), status: 'requested' as const, requestedAt: at };
      return {
        ...state,
        applications: [...state.applications, launched],
        ephemeralLaunches: state.ephemeralLaunches + (container?.engine === 'ephemeral-container' ? 1 : 0),
      };
    }
    case 'ApplicationStarted':
      return change(state, event.data.id, { status: 'running' });
    case 'ApplicationStopRequested':
      return change(state, event.data.id, { status: 'stopping' });
    case 'ApplicationExited':
      return change(state, event.data.id, { status: 'exited', endedAt: at, exitCode: event.data.exitCode });
    case 'ApplicationFailed':
      return change(state, event.data.id, { status: 'failed', endedAt: at, cause: event.data.cause });
    default:
      return assertNever(event);
  }
}
