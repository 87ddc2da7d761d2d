/** Looks out for launches that somebody else starts: containers in this process namespace, and pods that only share the display. */
import { DeskhandError } from '#libs/common';
import type { ApplicationAnnouncement, ApplicationState, ApplicationStatus } from './agent-status.js';
import { launchProcesses } from './launch-processes.js';
import { endProcesses } from './process-table.js';

const GRACE_MS = 3_000;
/** How often to look for processes that are to come, and for those that are there. */
const LOOK_OFTEN_MS = 50;
const LOOK_MS = 1_000;
/** An image that has to be fetched first may take minutes. */
const LOOK_OFTEN_FOR_MS = 20_000;
/** A container that was stopped before it came may still come; then no longer. */
const GIVE_UP_MS = 60_000;
const MAX_ALIVE = 256;
const MAX_ENDED = 100;

interface Placed {
  readonly announcement: ApplicationAnnouncement;
  readonly since: number;
  state: ApplicationState;
  /** A process of it was there. */
  seen: boolean;
}

export class PlacedApplications {
  readonly #placed = new Map<string, Placed>();
  #timer: NodeJS.Timeout | undefined;

  /** @param marker see `runMarker` */
  constructor(
    private readonly marker: string,
    private readonly onChange: () => void,
  ) {}

  list(): ApplicationStatus[] {
    return [...this.#placed.values()].map(({ announcement: { id, application, place }, state }) => ({
      id,
      application,
      place,
      status: state,
    }));
  }

  has(id: string): boolean {
    return this.#placed.has(id);
  }

  /** The launch whose X clients run on this machine. */
  on(machine: string): string | undefined {
    return [...this.#placed.values()].find(({ announcement }) => announcement.machine === machine)?.announcement.id;
  }

  /** Does nothing for a launch that was announced before. */
  announce(announcement: ApplicationAnnouncement): void {
    if (this.has(announcement.id)) return;
    const alive = [...this.#placed.values()].filter(({ state }) => state !== 'exited').length;
    if (alive >= MAX_ALIVE) throw new DeskhandError('APPLICATION_LIMIT_REACHED');
    this.#placed.set(announcement.id, { announcement, since: performance.now(), state: 'starting', seen: false });
    this.onChange();
    this.#schedule();
  }

  /** A window of it is on the screen. */
  sawWindow(id: string): void {
    const placed = this.#placed.get(id);
    if (placed?.state === 'starting') this.#become(placed, 'running');
  }

  /** Ends its processes, also those that are still to come; a pod is for the caller to end. */
  stop(id: string): void {
    const placed = this.#placed.get(id);
    if (!placed || placed.state === 'exited' || placed.state === 'stopping') return;
    this.#become(placed, placed.announcement.place === 'pod' ? 'exited' : 'stopping');
    this.#end(placed);
    this.#schedule();
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const placed of this.#placed.values()) placed.state = 'exited';
  }

  #end({ announcement: { id, place } }: Placed): void {
    if (place === 'container') void endProcesses(() => launchProcesses(this.marker, id), GRACE_MS);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const awaited = this.#containers().filter(({ state }) => state !== 'exited');
    if (awaited.length === 0) return;
    const isYoung = ({ since }: Placed): boolean => performance.now() - since < LOOK_OFTEN_FOR_MS;
    const often = awaited.some((placed) => (placed.seen ? placed.state === 'stopping' : isYoung(placed)));
    this.#timer = setTimeout(() => this.#look(), often ? LOOK_OFTEN_MS : LOOK_MS);
  }

  #look(): void {
    for (const placed of this.#containers()) {
      if (placed.state === 'exited') continue;
      const isThere = launchProcesses(this.marker, placed.announcement.id).length > 0;
      if (isThere && !placed.seen) this.#came(placed);
      const isOver = placed.seen ? !isThere : placed.state === 'stopping' && performance.now() - placed.since > GIVE_UP_MS;
      if (isOver) this.#become(placed, 'exited');
    }
    this.#schedule();
  }

  #came(placed: Placed): void {
    placed.seen = true;
    if (placed.state === 'stopping') this.#end(placed);
    else if (placed.state === 'starting') this.#become(placed, 'running');
  }

  #containers(): readonly Placed[] {
    return [...this.#placed.values()].filter(({ announcement }) => announcement.place === 'container');
  }

  #become(placed: Placed, state: ApplicationState): void {
    placed.state = state;
    const ended = [...this.#placed.values()].filter((each) => each.state === 'exited');
    for (const { announcement } of ended.slice(0, Math.max(0, ended.length - MAX_ENDED))) this.#placed.delete(announcement.id);
    this.onChange();
  }
}
