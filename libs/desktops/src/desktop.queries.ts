/** Reads a desktop for one who may: folded from its stream, so that clients read their own writes, beside what the runtime sees. */

import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { UserIdentity } from '#libs/common';
import { EventStore, loadState } from '#libs/event-sourcing';
import { Runtime } from '#libs/runtime';
import { desktopDecider, ownedBy } from './desktop.decider.js';
import { desktopStream } from './desktop.events.js';
import type { KnownDesktop } from './desktop.state.js';

export class GetDesktop {
  constructor(
    readonly desktop: string,
    readonly by: UserIdentity,
  ) {}
}

export interface DesktopReading {
  readonly id: string;
  readonly state: KnownDesktop;
  /** What the runtime says of this run: `unknown` when it cannot be asked. */
  readonly observed: 'present' | 'absent' | 'unknown';
}

@QueryHandler(GetDesktop)
export class GetDesktopHandler implements IQueryHandler<GetDesktop, DesktopReading> {
  constructor(
    private readonly store: EventStore,
    private readonly runtime: Runtime,
  ) {}

  /** @throws DeskhandError `DESKTOP_NOT_FOUND`, also for somebody else's */
  async execute({ desktop, by }: GetDesktop): Promise<DesktopReading> {
    const { state } = await loadState(this.store, desktopDecider, desktopStream(desktop));
    const known = ownedBy(state, by);
    const observed = await this.runtime.observe(desktop);
    if (observed.status === 'unknown') return { id: desktop, state: known, observed: 'unknown' };
    return { id: desktop, state: known, observed: observed.runs.some(({ run }) => run === known.run) ? 'present' : 'absent' };
  }
}
