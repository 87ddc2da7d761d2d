/** Keeps sealed texts as files of the data folder: for one machine, or for replicas that share that folder. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SealedTexts } from '../sealed-texts.js';

export class FolderTexts extends SealedTexts {
  /** @param folder made when something is put */
  constructor(private readonly folder: string) {
    super();
  }

  /** Its end is in the seal; the file itself goes with a sweep. */
  async put(key: string, sealed: string): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const file = join(this.folder, key);
    const fresh = `${file}.${randomUUID()}`;
    await writeFile(fresh, sealed, { mode: 0o600 });
    await rename(fresh, file);
  }

  get(key: string): Promise<string | undefined> {
    return readFile(join(this.folder, key), 'utf8').catch(nothingIfAbsent);
  }

  remove(key: string): Promise<void> {
    return rm(join(this.folder, key), { force: true });
  }

  async sweep(needed: ReadonlySet<string>, before: number): Promise<void> {
    for (const name of (await readdir(this.folder).catch(nothingIfAbsent)) ?? []) {
      if (needed.has(name)) continue;
      const file = join(this.folder, name);
      const status = await stat(file).catch(nothingIfAbsent);
      if (status && status.mtimeMs < before) await rm(file, { force: true });
    }
  }
}

function nothingIfAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
