/** Looks out for launches that somebody else starts: containers in this process namespace, and pods that only share the display. */
import { DeskhandError } from '#libs/common';
import type { ApplicationAnnouncement, ApplicationStatus } from './agent-status.js';
import { announced, looked, nextLook, type PlacedLaunch, showing, stopped } from './placed-launch.js';

const MAX_ALIVE = 256;
const MAX_ENDED = 100;

export interface PlacedApplicationsOptions {
  /** Ids of the launches that have a process now. */
  readonly inSight: () => ReadonlySet<string>;
  /** Ends all processes of a launch, politely first; resolves when it can do no more. */
  readonly endProcesses: (id: string) => Promise<unknown>;
  /** Asks all windows of a launch to close. @returns how many there are */
  readonly closeWindows: (id: string) => number;
  /** A launch is known from now on: what is on the screen may be of it. */
  readonly onAnnounced: () => void;
  readonly onChange: () => void;
}

export class PlacedApplications {
  /** In the order of their announcement. */
  readonly #launches = new Map<string, PlacedLaunch>();
  /** Ids of those whose processes are being ended. */
  readonly #ending = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #closed = false;

  constructor(private readonly options: PlacedApplicationsOptions) {}

  list(): ApplicationStatus[] {
    return [...this.#launches.values()].map(({ announcement: { id, application, place }, state }) => ({
      id,
      application,
      place,
      status: state,
    }));
  }

  has(id: string): boolean {
    return this.#launches.has(id);
  }

  /** The launch whose X clients run on this machine; the newest, should two have the same. */
  on(machine: string): string | undefined {
    return [...this.#launches.values()].findLast(({ announcement }) => announcement.machine === machine)?.announcement.id;
  }

  /** Does nothing for a launch that was announced before. @throws DeskhandError `APPLICATION_LIMIT_REACHED` */
  announce(announcement: ApplicationAnnouncement): void {
    if (this.has(announcement.id)) return;
    const alive = [...this.#launches.values()].filter(({ state }) => state !== 'exited').length;
    if (this.#closed || alive >= MAX_ALIVE) throw new DeskhandError('APPLICATION_LIMIT_REACHED');
    this.#launches.set(announcement.id, announced(announcement, performance.now()));
    this.options.onChange();
    this.options.onAnnounced();
    this.#schedule();
  }

  /** @param ids of the launches that have a window now */
  sawWindows(ids: ReadonlySet<string>): void {
    this.#become((launch) => showing(launch, ids.has(launch.announcement.id)));
  }

  /** Ends its processes, also those that are still to come; of a pod it closes the windows, the rest is for the caller to end. */
  stop(id: string): void {
    const launch = this.#launches.get(id);
    if (!launch) return;
    const isPod = launch.announcement.place === 'pod';
    const windows = isPod && launch.state !== 'stopping' ? this.options.closeWindows(id) : 0;
    // One that counts as ended may have left processes behind.
    if (!isPod) this.#end(id);
    this.#become((each) => (each === launch ? stopped(each, windows > 0, performance.now()) : each));
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #end(id: string): void {
    if (this.#ending.has(id)) return;
    this.#ending.add(id);
    void this.options.endProcesses(id).finally(() => this.#ending.delete(id));
  }

  #schedule(): void {
    const now = performance.now();
    const dueAt = now + Math.min(...[...this.#launches.values()].map((launch) => nextLook(launch, now) ?? Number.POSITIVE_INFINITY));
    if (this.#closed || dueAt === Number.POSITIVE_INFINITY || (this.#timer && this.#dueAt <= dueAt)) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => this.#look(), dueAt - now);
  }

  #look(): void {
    this.#timer = undefined;
    const there = this.options.inSight();
    const now = performance.now();
    this.#become((launch) => (nextLook(launch, now) ? looked(launch, there.has(launch.announcement.id), now) : launch));
    for (const { announcement, state } of this.#launches.values())
      if (state === 'stopping' && there.has(announcement.id)) this.#end(announcement.id);
    this.#schedule();
  }

  #become(next: (launch: PlacedLaunch) => PlacedLaunch): void {
    let changed = false;
    for (const [id, launch] of this.#launches) {
      const then = next(launch);
      this.#launches.set(id, then);
      changed ||= then.state !== launch.state;
    }
    if (!changed) return;
    const ended = [...this.#launches.values()].filter(({ state }) => state === 'exited');
    for (const { announcement } of ended.slice(0, Math.max(0, ended.length - MAX_ENDED))) this.#launches.delete(announcement.id);
    this.options.onChange();
  }
}
