/** Applications that are images: what files with the answers of `docker inspect` say, kept up to date. */
import { z } from 'zod';
import type { CatalogueEntry, CatalogueSource } from './application.js';
import { FolderFiles } from './folder-files.js';
import { imageEntryOf, inspectedImage } from './image.application.js';

const LIMITS = { suffix: '.json', maxFiles: 2_000, maxDepth: 1, maxBytes: 2 * 1024 * 1024 };

/** One image, or several, as `docker inspect` prints them. */
const inspection = z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(inspectedImage).max(1_000));

export class ImageSource implements CatalogueSource {
  readonly #files: FolderFiles;
  #entries: ReadonlyMap<string, CatalogueEntry> = new Map();

  /** @param onBroken told of a file that cannot be used, and why; the others count all the same */
  constructor(
    folders: readonly string[],
    private readonly onBroken: (file: string, reason: string) => void,
  ) {
    this.#files = new FolderFiles(folders, LIMITS);
  }

  entries(): ReadonlyMap<string, CatalogueEntry> {
    const files = this.#files.changed();
    if (!files) return this.#entries;
    const entries = new Map<string, CatalogueEntry>();
    for (const { file, read } of files) {
      const text = read();
      for (const entry of text === undefined ? [] : this.#entriesOf(file, text)) {
        if (entries.has(entry.name)) this.onBroken(file, `another image is called ${entry.name} already`);
        else entries.set(entry.name, entry);
      }
    }
    this.#entries = entries;
    return entries;
  }

  #entriesOf(file: string, text: string): readonly CatalogueEntry[] {
    try {
      return inspection.parse(JSON.parse(text)).flatMap((image) => {
        try {
          return imageEntryOf(image) ?? [];
        } catch (error) {
          this.onBroken(file, (error as Error).message);
          return [];
        }
      });
    } catch {
      this.onBroken(file, 'it is not what docker inspect prints of an image');
      return [];
    }
  }
}
