/** Banning and lifting, for operators and whoever acts for them. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { accountIdOf } from '#libs/common';
import { EventStore, handleCommand } from '#libs/event-sourcing';
import { networkOf } from './address.js';
import { BanSource, LiftBan } from './ban.commands.js';
import { banDecider } from './ban.decider.js';
import { banStream, type Source } from './ban.events.js';
import { IdentityViews } from './identity.views.js';
import { EndSession } from './session.commands.js';
import { sessionDecider } from './session.decider.js';
import { sessionStream } from './session.events.js';
import type { LiveSession } from './sessions.js';

@CommandHandler(BanSource)
export class BanSourceHandler implements ICommandHandler<BanSource, void> {
  constructor(
    private readonly store: EventStore,
    private readonly views: IdentityViews,
  ) {}

  /**
   * Once it returns, the source cannot log in anywhere. An operator's ban also ends the sessions of the source, and with them what is open to
   * desktops; one that counting led to does not, or everybody could throw out everybody else.
   *
   * @throws DeskhandError `NOT_READY` while it is not known which sessions those are; the ban holds all the same
   */
  async execute(command: BanSource): Promise<void> {
    const { source, reason, at, by } = command;
    await handleCommand(this.store, banDecider, banStream(source), command, { actor: by });
    if (reason !== 'operator') return this.views.shown();
    await this.views.caughtUp();
    const ids = this.views.sessions.ids((session) => isOf(source, session));
    await Promise.all(
      ids.map((id) => handleCommand(this.store, sessionDecider, sessionStream(id), new EndSession(id, 'banned', at), { actor: by })),
    );
    await this.views.shown();
  }
}

@CommandHandler(LiftBan)
export class LiftBanHandler implements ICommandHandler<LiftBan, void> {
  constructor(
    private readonly store: EventStore,
    private readonly views: IdentityViews,
  ) {}

  async execute(command: LiftBan): Promise<void> {
    await handleCommand(this.store, banDecider, banStream(command.source), command, { actor: command.by });
    await this.views.shown();
  }
}

/** Whether a session was opened by the source. */
export function isOf(source: Source, { start }: Pick<LiveSession, 'start'>): boolean {
  if (source.kind === 'address') return networkOf(start.address) === source.network;
  const { provider, subject } = start.identity;
  if (provider !== source.provider) return false;
  if (source.kind === 'user') return subject === source.subject;
  return subject === source.account || start.account === accountIdOf(provider, source.account);
}
