/** What may be wanted of a ban. Time comes in as data. */
import type { BanReason, Source } from './ban.events.js';

/** Refuses logins of the source until a time. With the reason `operator` its sessions end too. */
export class BanSource {
  readonly type = 'BanSource';
  constructor(
    readonly source: Source,
    readonly reason: BanReason,
    readonly at: string,
    readonly until: string,
    /** Id of the user who wants it; undefined when the system does. */
    readonly by?: string,
  ) {}
}

/** Lets the source in again; lifting what is no ban changes nothing. */
export class LiftBan {
  readonly type = 'LiftBan';
  constructor(
    readonly source: Source,
    readonly at: string,
    readonly by?: string,
  ) {}
}

export type BanCommand = BanSource | LiftBan;
