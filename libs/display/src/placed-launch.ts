/** What becomes of a launch that somebody else starts, from what is seen of it; pure, with the time in milliseconds as data. */
import type { ApplicationAnnouncement, ApplicationState } from './agent-status.js';

/** How often to look for processes that are to come or to go, and for those that are there. */
const LOOK_OFTEN_MS = 50;
const LOOK_MS = 1_000;
/** An image that has to be fetched first may take minutes. */
const LOOK_OFTEN_FOR_MS = 20_000;
/** A container that was stopped before it came may still come; so long after that it no longer does. */
const GIVE_UP_MS = 15 * 60_000;
/** A table of processes is no snapshot: while one hands over to another, a single look may find neither. */
const LOOKS_WITHOUT = 2;

export interface PlacedLaunch {
  readonly announcement: ApplicationAnnouncement;
  readonly state: Exclude<ApplicationState, 'failed'>;
  readonly announcedAt: number;
  readonly stoppedAt?: number;
  /** A process or a window of it was there. */
  readonly seen: boolean;
  /** Looks in a row that found no process of it. */
  readonly missed: number;
}

export function announced(announcement: ApplicationAnnouncement, now: number): PlacedLaunch {
  return { announcement, state: 'starting', announcedAt: now, seen: false, missed: 0 };
}

/** After a look for the processes of a container. */
export function looked(launch: PlacedLaunch, isThere: boolean, now: number): PlacedLaunch {
  if (launch.state === 'exited') return launch;
  if (isThere) return { ...launch, ...came(launch) };
  const missed = launch.missed + 1;
  const isGone = launch.seen && missed >= LOOKS_WITHOUT;
  const isGivenUp = !launch.seen && launch.stoppedAt !== undefined && now - launch.stoppedAt >= GIVE_UP_MS;
  return { ...launch, missed, state: isGone || isGivenUp ? 'exited' : launch.state };
}

/** After the list of windows changed. A pod that was told to stop has gone with its last window. */
export function showing(launch: PlacedLaunch, hasWindow: boolean): PlacedLaunch {
  if (hasWindow) return launch.state === 'starting' ? { ...launch, ...came(launch) } : launch;
  return launch.announcement.place === 'pod' && launch.state === 'stopping' ? { ...launch, state: 'exited' } : launch;
}

/** After it was told to stop; does nothing for one that was told before. */
export function stopped(launch: PlacedLaunch, hasWindow: boolean, now: number): PlacedLaunch {
  if (launch.state === 'exited' || launch.state === 'stopping') return launch;
  const state = launch.announcement.place === 'pod' && !hasWindow ? 'exited' : 'stopping';
  return { ...launch, state, stoppedAt: now };
}

/** @returns milliseconds until the next look for its processes; undefined when there is nothing to look for */
export function nextLook(launch: PlacedLaunch, now: number): number | undefined {
  const { announcement, state, announcedAt, stoppedAt, seen, missed } = launch;
  if (announcement.place === 'pod' || state === 'exited') return undefined;
  const isDue = seen ? state === 'stopping' || missed > 0 : now - (stoppedAt ?? announcedAt) < LOOK_OFTEN_FOR_MS;
  return isDue ? LOOK_OFTEN_MS : LOOK_MS;
}

const came = ({ state }: PlacedLaunch): Pick<PlacedLaunch, 'state' | 'seen' | 'missed'> => ({
  state: state === 'starting' ? 'running' : state,
  seen: true,
  missed: 0,
});
