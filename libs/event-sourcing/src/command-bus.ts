/** Puts deciders on Nest's command bus: one handler class per command class, made here, around a shared decider. */
import type { Type } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { handleCommand } from './command-handler.js';
import type { Decider, DomainEvent } from './decider.js';
import { EventStore } from './event-store.js';

/**
 * @param command class whose instances the bus brings here
 * @param streamOf the stream that a command is about
 * @param actorOf id of the user who wants it; undefined when the system does
 */
export function commandHandlerOf<Command extends object, Event extends DomainEvent, State extends object>(
  command: Type<Command>,
  decider: Decider<Command, Event, State>,
  streamOf: (command: Command) => string,
  actorOf: (command: Command) => string | undefined,
): Type<ICommandHandler> {
  @CommandHandler(command)
  class DecidingHandler {
    constructor(private readonly store: EventStore) {}

    execute(command: Command) {
      const actor = actorOf(command);
      return handleCommand(this.store, decider, streamOf(command), command, actor === undefined ? {} : { actor });
    }
  }
  return DecidingHandler;
}
