/** Finds the files of one kind in folders, and notices cheaply when they change. Everything is bounded: folders may be anybody's. */
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface FolderLimits {
  /** How the names of the files end, such as `.desktop`. */
  readonly suffix: string;
  readonly maxFiles: number;
  /** 1: only the folders themselves. */
  readonly maxDepth: number;
  /** Of one file; larger ones are passed over. */
  readonly maxBytes: number;
}

export interface FoundFile {
  /** Its path below the folder, joined by `-`, without the suffix: a desktop file id, for one. */
  readonly id: string;
  readonly file: string;
  /** Its text; undefined where it has gone meanwhile. */
  read(): string | undefined;
}

type StampedFile = FoundFile & { readonly stamp: string };

export class FolderFiles {
  #stamp: string | undefined;

  constructor(
    private readonly folders: readonly string[],
    private readonly limits: FolderLimits,
  ) {}

  /** The files of all folders, of two with the same id the one in the earlier folder; undefined when nothing has changed since it was last asked. Folders that cannot be read are empty. */
  changed(): readonly FoundFile[] | undefined {
    const found = new Map<string, StampedFile>();
    for (const folder of this.folders) this.#collect(folder, [], found);
    const files = [...found.values()];
    const stamp = files.map((file) => file.stamp).join('\n');
    if (stamp === this.#stamp) return undefined;
    this.#stamp = stamp;
    return files;
  }

  #collect(folder: string, below: readonly string[], found: Map<string, StampedFile>): void {
    const { suffix, maxFiles, maxDepth } = this.limits;
    for (const item of listFolder(folder)) {
      const path = [...below, item.name];
      if (found.size >= maxFiles) return;
      if (item.isDirectory() && path.length < maxDepth) this.#collect(join(folder, item.name), path, found);
      else if (item.name.endsWith(suffix)) this.#add(path.join('-').slice(0, -suffix.length), join(folder, item.name), found);
    }
  }

  #add(id: string, file: string, found: Map<string, StampedFile>): void {
    if (found.has(id)) return;
    try {
      const status = statSync(file);
      const stamp = `${file} ${status.ino} ${status.size} ${status.mtimeMs}`;
      if (status.isFile() && status.size <= this.limits.maxBytes) found.set(id, { id, file, stamp, read: () => readText(file) });
    } catch {
      // A link to nowhere, or it has just gone.
    }
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function listFolder(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}
