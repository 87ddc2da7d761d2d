/** Builds, from a desktop's state, the complete description of what shall be there. Pure: applying it twice makes one desktop. */
import type { ApplicationSpec, DesktopSpec } from '#libs/runtime';
import type { ApplicationState, KnownDesktop } from './desktop.state.js';

/** @param secret the run's own secret, 32 bytes */
export function makeDesktopSpec(id: string, { run, owner, settings }: KnownDesktop, secret: Uint8Array): DesktopSpec {
  return {
    desktop: id,
    run,
    userName: owner.name,
    home: id,
    secret,
    width: settings.width,
    height: settings.height,
    ...(settings.timezone === undefined ? {} : { timezone: settings.timezone }),
    ...(settings.locale === undefined ? {} : { locale: settings.locale }),
  };
}

export function makeApplicationSpec(desktop: string, run: number, { id, application, command }: ApplicationState): ApplicationSpec {
  return { desktop, run, id, application, command };
}
