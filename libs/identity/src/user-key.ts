/** A user as key of a map within one process: ids are hashes, and a hundred thousand of them at start would take a second. */
import type { UserIdentity } from '#libs/common';

/** Providers' ids have no blanks, so (provider, subject) stay apart. */
export const userKey = ({ provider, subject }: UserIdentity): string => `${provider} ${subject}`;
