/** The command bus' side of desktops: every command goes through the one decider. */
import { commandHandlerOf } from '#libs/event-sourcing';
import { CreateDesktop, type DesktopCommand, LaunchApplication, StopApplication, StopDesktop } from './desktop.commands.js';
import { desktopDecider } from './desktop.decider.js';
import { desktopStream } from './desktop.events.js';

const streamOf = (command: DesktopCommand): string => desktopStream(command.desktop);

/** Not `ReportDesktopObserved`: only the reconciler may say what was observed. */
export const desktopCommandHandlers = [CreateDesktop, StopDesktop, LaunchApplication, StopApplication].map((command) =>
  commandHandlerOf(command, desktopDecider, streamOf),
);
