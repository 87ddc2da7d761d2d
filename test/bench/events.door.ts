/** The events that benches store, and a decider as small as one can be. */
import type { Decider } from '#libs/event-sourcing';

export type Opened = { readonly type: 'DoorOpened'; readonly data: { readonly by: string; readonly note: string } };

/** As small as a decider can be: what is measured is all that surrounds it. */
export const door: Decider<{ readonly by: string }, Opened, { readonly openings: number }> = {
  initialState: { openings: 0 },
  evolve: ({ openings }) => ({ openings: openings + 1 }),
  decide: ({ by }) => [opened(by)],
};
export const opened = (by: string): Opened => ({ type: 'DoorOpened', data: { by, note: 'a line of the length that events have' } });
