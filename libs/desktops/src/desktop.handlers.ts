/** The command bus' side of desktops: every command goes through the one decider. */
import { userIdOf } from '#libs/common';
import { commandHandlerOf } from '#libs/event-sourcing';
import { CreateDesktop, type DesktopCommand, LaunchApplication, StopApplication, StopDesktop } from './desktop.commands.js';
import { desktopDecider } from './desktop.decider.js';
import { type DesktopEvent, desktopStream } from './desktop.events.js';
import type { DesktopState } from './desktop.state.js';

const streamOf = (command: DesktopCommand): string => desktopStream(command.desktop);

function actorOf(command: CreateDesktop | StopDesktop | LaunchApplication | StopApplication): string | undefined {
  const user = command.type === 'CreateDesktop' ? command.owner : command.by;
  return user && userIdOf(user);
}

/** Not `ReportDesktopObserved`: only the reconciler may say what was observed. */
export const desktopCommandHandlers = [CreateDesktop, StopDesktop, LaunchApplication, StopApplication].map((command) =>
  commandHandlerOf<InstanceType<typeof command>, DesktopEvent, DesktopState>(command, desktopDecider, streamOf, actorOf),
);
