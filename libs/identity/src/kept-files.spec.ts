/** What is kept of a login is for its user alone, for a while, and unreadable to whoever finds it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Seal } from '#libs/tokens';
import { KeptFiles } from './kept-files.js';

const fry = { provider: 'one', subject: 'fry' };
const files = { credentials: Buffer.from('password=slurm'), 'krb5.keytab': Buffer.from([0, 255, 1]) };
let folder: string;
let kept: KeptFiles;
const keeper = (master = 1) => new KeptFiles(join(folder, 'files'), new Seal(new Uint8Array(32).fill(master), 1024 * 1024), 100);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskhand-kept-'));
  kept = keeper();
});
afterEach(() => rmSync(folder, { recursive: true }));

it('comes back as it was, also to another process with the same keys', async () => {
  await kept.keep(fry, files);
  expect(await kept.of(fry)).toStrictEqual(files);
  expect(await keeper().of(fry)).toStrictEqual(files);
});

it('may be large', async () => {
  const large = { 'account.ldif': Buffer.alloc(300_000, 'x') };
  await kept.keep(fry, large);
  expect(await kept.of(fry)).toStrictEqual(large);
});

it('is nothing to other keys, nor to anybody else, even in their place', async () => {
  await kept.keep(fry, files);
  expect(await keeper(2).of(fry)).toStrictEqual({});
  const other = { provider: 'two', subject: 'fry' };
  expect(await kept.of(other)).toStrictEqual({});
  const [own = ''] = readdirSync(join(folder, 'files'));
  await kept.keep(other, files);
  const place = readdirSync(join(folder, 'files')).find((name) => name !== own) ?? '';
  renameSync(join(folder, 'files', own), join(folder, 'files', place));
  expect(await kept.of(other)).toStrictEqual({});
});

it('is sealed, in a file that only its server may read', async () => {
  await kept.keep(fry, files);
  const [name = ''] = readdirSync(join(folder, 'files'));
  expect(name).not.toContain('fry');
  expect(readFileSync(join(folder, 'files', name), 'latin1')).not.toMatch(/slurm|credentials/);
  expect(statSync(join(folder, 'files', name)).mode & 0o777).toBe(0o600);
});

it('ends with the longest life of a session, and with a login that makes nothing', async () => {
  await kept.keep(fry, files);
  expect(await kept.of(fry, Date.now() + 101_000)).toStrictEqual({});
  await kept.keep(fry, {});
  expect(await kept.of(fry)).toStrictEqual({});
  expect(readdirSync(join(folder, 'files'))).toHaveLength(0);
});

it('is swept when it is old and nobody needs it', async () => {
  await kept.keep(fry, files);
  await kept.sweep([], Date.now() - 60_000);
  await kept.sweep([{ provider: 'one', subject: 'leela' }, fry], Date.now() + 60_000);
  expect(await kept.of(fry)).toStrictEqual(files);
  await kept.sweep([{ ...fry, provider: 'two' }], Date.now() + 60_000);
  expect(readdirSync(join(folder, 'files'))).toHaveLength(0);
});

it('is no file at all where nothing is made', async () => {
  await kept.keep(fry, {});
  await kept.sweep([], Date.now());
  expect(existsSync(join(folder, 'files'))).toBe(false);
});
