/**
 * Keeps what a login made for desktops until one starts: sealed, in a file of the data folder, while its user has a session. It is in no event, since
 * those stay for ever, and no view.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { UserIdentity } from '#libs/common';
import type { Seal } from '#libs/tokens';
import type { DesktopFiles } from './desktop-files.js';
import { userKey } from './user-key.js';

export class KeptFiles {
  constructor(
    private readonly folder: string,
    private readonly seal: Seal,
    private readonly lifeSeconds: number,
  ) {}

  /** In the place of what an earlier login made. */
  async keep(user: UserIdentity, files: DesktopFiles): Promise<void> {
    const file = this.#fileOf(user);
    if (Object.keys(files).length === 0) return rm(file, { force: true });
    const text = JSON.stringify(
      Object.fromEntries(Object.entries(files).map(([name, content]) => [name, Buffer.from(content).toString('base64')])),
    );
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const fresh = `${file}.${randomUUID()}`;
    await writeFile(fresh, this.seal.close(purposeOf(user), text, this.lifeSeconds), { mode: 0o600 });
    await rename(fresh, file);
  }

  /** Nothing where nothing was kept, where it has lived too long, and where it was kept for somebody else. */
  async of(user: UserIdentity, now = Date.now()): Promise<DesktopFiles> {
    const sealed = await readFile(this.#fileOf(user), 'utf8').catch(nothingIfAbsent);
    const text = sealed && this.seal.open(purposeOf(user), sealed, now);
    if (!text) return {};
    return Object.fromEntries(
      Object.entries(JSON.parse(text) as Record<string, string>).map(([name, content]) => [name, Buffer.from(content, 'base64')]),
    );
  }

  /** Removes what was kept before a time (milliseconds since the epoch) and is nobody's of these. */
  async sweep(users: readonly UserIdentity[], before: number): Promise<void> {
    const needed = new Set(users.map((user) => this.#fileOf(user)));
    for (const name of (await readdir(this.folder).catch(nothingIfAbsent)) ?? []) {
      const file = join(this.folder, name);
      if (needed.has(file)) continue;
      const status = await stat(file).catch(nothingIfAbsent);
      if (status && status.mtimeMs < before) await rm(file, { force: true });
    }
  }

  #fileOf(user: UserIdentity): string {
    return join(this.folder, createHash('sha256').update(userKey(user)).digest('hex'));
  }
}

const purposeOf = (user: UserIdentity): string => `login-files ${userKey(user)}`;

function nothingIfAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
