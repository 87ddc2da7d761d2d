/** Builds, from a desktop's state, the complete description of what shall be there. Pure: applying it twice makes one desktop. */
import { userIdOf } from '#libs/common';
import type { ApplicationSpec, DesktopSpec } from '#libs/runtime';
import type { ApplicationState, KnownDesktop } from './desktop.state.js';

/**
 * @param secret the run's own secret, 32 bytes
 * @param userFiles what the owner's login made for it
 */
export function makeDesktopSpec(
  id: string,
  { run, owner, profile, settings }: KnownDesktop,
  secret: Uint8Array,
  userFiles?: DesktopSpec['userFiles'],
): DesktopSpec {
  return {
    desktop: id,
    run,
    user: userIdOf(owner),
    userName: owner.name,
    profile,
    home: id,
    secret,
    ...(userFiles === undefined ? {} : { userFiles }),
    width: settings.width,
    height: settings.height,
    ...(settings.timezone === undefined ? {} : { timezone: settings.timezone }),
    ...(settings.locale === undefined ? {} : { locale: settings.locale }),
  };
}

export function makeApplicationSpec(
  desktop: string,
  run: number,
  { id, application, command, container }: ApplicationState,
): ApplicationSpec {
  return { desktop, run, id, application, command, ...(container === undefined ? {} : { container }) };
}
