/** Which desktop profiles a user may choose, and which one it is where none was chosen. Pure. */
import { type AuthenticatedUser, DeskhandError, type ProfileConfiguration } from '#libs/common';

export function profilesFor(
  profiles: readonly ProfileConfiguration[],
  user: Pick<AuthenticatedUser, 'labels'>,
): readonly ProfileConfiguration[] {
  return profiles.filter(({ labels }) => labels.length === 0 || labels.some((label) => user.labels.includes(label)));
}

/** The profile of a desktop that the user asks for without naming one; undefined where they may have none. */
export function defaultProfile(
  profiles: readonly ProfileConfiguration[],
  user: Pick<AuthenticatedUser, 'labels'>,
): ProfileConfiguration | undefined {
  const allowed = profilesFor(profiles, user);
  return allowed.find((profile) => profile.default) ?? allowed[0];
}

/** @throws DeskhandError `PROFILE_NOT_FOUND`, also for one that exists but not for this user */
export function chooseProfile(
  profiles: readonly ProfileConfiguration[],
  user: Pick<AuthenticatedUser, 'labels'>,
  name?: string,
): ProfileConfiguration {
  const chosen = name === undefined ? defaultProfile(profiles, user) : profilesFor(profiles, user).find((profile) => profile.name === name);
  if (!chosen) throw new DeskhandError('PROFILE_NOT_FOUND');
  return chosen;
}
