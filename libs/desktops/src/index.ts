export { CreateDesktop, LaunchApplication, StopApplication, StopDesktop } from './desktop.commands.js';
export {
  type DesktopEvent,
  type DesktopSettings,
  desktopEventOf,
  desktopOfStream,
  desktopStream,
  type StopReason,
} from './desktop.events.js';
export { type DesktopReading, GetDesktop } from './desktop.queries.js';
export type { ApplicationState, DesktopStatus, KnownDesktop } from './desktop.state.js';
export { DesktopViews } from './desktop.views.js';
export { DesktopsModule, desktopViewDefinitions } from './desktops.module.js';
