/**
 * Keeps what a login made for desktops until one starts: sealed for its user, while that has a session. It is in no event, since those stay for ever, and no
 * view.
 */
import { createHash } from 'node:crypto';
import type { UserIdentity } from '#libs/common';
import type { Seal } from '#libs/tokens';
import type { DesktopFiles } from './desktop-files.js';
import type { SealedTexts } from './sealed-texts.js';
import { userKey } from './user-key.js';

export class KeptFiles {
  constructor(
    private readonly texts: SealedTexts,
    private readonly seal: Seal,
    private readonly lifeSeconds: number,
  ) {}

  /** In the place of what an earlier login made. */
  async keep(user: UserIdentity, files: DesktopFiles, now = Date.now()): Promise<void> {
    if (Object.keys(files).length === 0) return this.texts.remove(keyOf(user));
    const text = JSON.stringify(
      Object.fromEntries(Object.entries(files).map(([name, content]) => [name, Buffer.from(content).toString('base64')])),
    );
    const sealed = this.seal.close(purposeOf(user), text, this.lifeSeconds, now);
    await this.texts.put(keyOf(user), sealed, new Date(now + this.lifeSeconds * 1000));
  }

  /** Nothing where nothing was kept, where it has lived too long, and where it was kept for somebody else. */
  async of(user: UserIdentity, now = Date.now()): Promise<DesktopFiles> {
    const sealed = await this.texts.get(keyOf(user));
    const text = sealed && this.seal.open(purposeOf(user), sealed, now);
    if (!text) return {};
    return Object.fromEntries(
      Object.entries(JSON.parse(text) as Record<string, string>).map(([name, content]) => [name, Buffer.from(content, 'base64')]),
    );
  }

  /** Removes what was kept before a time (milliseconds since the epoch) and is nobody's of these. */
  sweep(users: readonly UserIdentity[], before: number): Promise<void> {
    return this.texts.sweep(new Set(users.map(keyOf)), before);
  }
}

/** Where it lies says nothing of whose it is. */
const keyOf = (user: UserIdentity): string => createHash('sha256').update(userKey(user)).digest('hex');

const purposeOf = (user: UserIdentity): string => `login-files ${userKey(user)}`;
