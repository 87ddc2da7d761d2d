/** Decides who is banned until when: the longer ban counts, and an operator's word is never replaced by the counting of failures. Pure. */
import { assertNever } from '#libs/common';
import type { Decider } from '#libs/event-sourcing';
import type { BanCommand, BanSource } from './ban.commands.js';
import { type BanEvent, type BanReason, banUpcasters } from './ban.events.js';

export type BanState = { readonly status: 'free' } | { readonly status: 'banned'; readonly reason: BanReason; readonly until: string };

export const banDecider: Decider<BanCommand, BanEvent, BanState> = {
  initialState: { status: 'free' },
  upcasters: banUpcasters,
  evolve,
  decide,
};

function evolve(_: BanState, event: BanEvent): BanState {
  switch (event.type) {
    case 'SourceBanned':
      return { status: 'banned', reason: event.data.reason, until: event.data.until };
    case 'BanLifted':
      return { status: 'free' };
    default:
      return assertNever(event);
  }
}

function decide(command: BanCommand, state: BanState): readonly BanEvent[] {
  const { source, at } = command;
  switch (command.type) {
    case 'BanSource':
      if (command.until <= at || (isBanned(state, at) && !goesBeyond(command, state))) return [];
      return [{ type: 'SourceBanned', data: { source, reason: command.reason, at, until: command.until } }];
    case 'LiftBan':
      return isBanned(state, at) ? [{ type: 'BanLifted', data: { source, at } }] : [];
    default:
      return assertNever(command);
  }
}

type Banned = Extract<BanState, { status: 'banned' }>;

/** ISO 8601 in UTC compares as text. */
const isBanned = (state: BanState, at: string): state is Banned => state.status === 'banned' && at < state.until;

/** Operators may shorten their own bans; failures only ever add to a ban of failures. */
const goesBeyond = ({ reason, until }: BanSource, banned: Banned): boolean =>
  reason === 'operator' ? banned.reason !== 'operator' || until !== banned.until : banned.reason === 'failures' && until > banned.until;
