/** The machine's own applications: what its `.desktop` files say, kept up to date. */
import type { CatalogueEntry, CatalogueSource } from './application.js';
import { entryOf, type Machine } from './desktop-entry.application.js';
import { parseDesktopEntry } from './desktop-entry.parser.js';
import { FolderFiles } from './folder-files.js';
import { findIcon, readIconFile } from './machine.icons.js';
import { findProgram } from './machine.programs.js';

const LIMITS = { suffix: '.desktop', maxFiles: 5_000, maxDepth: 4, maxBytes: 256 * 1024 };

export class DesktopEntrySource implements CatalogueSource {
  readonly #files: FolderFiles;
  readonly #machine: Machine;
  #entries: ReadonlyMap<string, CatalogueEntry> = new Map();

  constructor(folders: readonly string[]) {
    this.#files = new FolderFiles(folders, LIMITS);
    this.#machine = { findProgram: (program) => findProgram(program), findIcon: (icon) => findIcon(icon, folders), readIcon: readIconFile };
  }

  entries(): ReadonlyMap<string, CatalogueEntry> {
    const files = this.#files.changed();
    if (!files) return this.#entries;
    const entries = new Map<string, CatalogueEntry>();
    for (const { id, file, read } of files) {
      const group = parseDesktopEntry(read() ?? '');
      const entry = group && entryOf(id, file, group, this.#machine);
      if (entry && !entries.has(entry.name)) entries.set(entry.name, entry);
    }
    this.#entries = entries;
    return entries;
  }
}
