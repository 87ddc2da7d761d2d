/** Holds a login's files in the data folder to their contract. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderTexts } from '../../libs/identity/src/local/folder-texts.js';
import { keptFilesContract } from './kept-files.contract.js';

describe('the files of a login in the data folder', () => {
  let parent: string;
  let folder: string;
  let texts: FolderTexts;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'deskhand-kept-'));
    folder = join(parent, 'files');
    texts = new FolderTexts(folder);
  });
  afterEach(() => rmSync(parent, { recursive: true }));
  const names = () => (existsSync(folder) ? readdirSync(folder) : []);

  keptFilesContract(() => ({
    texts,
    found: async () => new Map(names().map((name) => [name, readFileSync(join(folder, name), 'utf8')])),
  }));

  it('are for their server alone to read', async () => {
    await texts.put('a', 'sealed');
    expect([folder, join(folder, 'a')].map((path) => statSync(path).mode & 0o777)).toStrictEqual([0o700, 0o600]);
  });

  it('are no folder at all where nothing is made', async () => {
    await texts.remove('a');
    await texts.sweep(new Set(), Date.now());
    expect(existsSync(folder)).toBe(false);
  });
});
