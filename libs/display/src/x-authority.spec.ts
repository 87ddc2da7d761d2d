import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { authorityEntry, readAuthority, writeAuthority } from './x-authority.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskhand-authority-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('authorityEntry is one entry for any host and any display', () => {
  const entry = authorityEntry(Buffer.alloc(16, 7));
  expect(entry.toString('latin1')).toBe(`\xff\xff\0\0\0\0\0\x12MIT-MAGIC-COOKIE-1\0\x10${'\x07'.repeat(16)}`);
});

test('writeAuthority writes a file for its owner alone, which xauth understands', () => {
  const file = join(folder, 'Xauthority');
  const cookie = writeAuthority(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(execFileSync('xauth', ['-f', file, 'list'], { encoding: 'utf8' })).toContain(cookie.toString('hex'));
});

test('readAuthority reads back what was written, whatever the key', () => {
  const file = join(folder, 'Xauthority');
  const cookie = writeAuthority(file);
  expect(readAuthority(file)).toEqual(cookie);
  writeFileSync(file, authorityEntry(Buffer.alloc(16)));
  expect(readAuthority(file)).toEqual(Buffer.alloc(16));
});

test.each<[string, Uint8Array]>([
  ['nothing', Buffer.alloc(0)],
  ['half an entry', authorityEntry(Buffer.alloc(16, 1)).subarray(0, 30)],
  ['a key that is too short', authorityEntry(Buffer.alloc(15, 1))],
  ['a key that is too long', authorityEntry(Buffer.alloc(17, 1))],
  ['two entries', Buffer.concat([authorityEntry(Buffer.alloc(16, 1)), authorityEntry(Buffer.alloc(16, 2))])],
  ['a newline at the end', Buffer.concat([authorityEntry(Buffer.alloc(16, 1)), Buffer.from('\n')])],
  ['another kind of key', Buffer.from(authorityEntry(Buffer.alloc(16, 1)).toString('latin1').replace('MAGIC', 'OTHER'), 'latin1')],
])('readAuthority refuses a file with %s', (_name, content) => {
  const file = join(folder, 'Xauthority');
  writeFileSync(file, content);
  expect(() => readAuthority(file)).toThrow('CONFIGURATION_INVALID');
});

test('readAuthority says why a file cannot be read', () => {
  expect(() => readAuthority(join(folder, 'none'))).toThrow(/CONFIGURATION_INVALID: .*none.*ENOENT/);
  expect(() => readAuthority(folder)).toThrow('EISDIR');
});
