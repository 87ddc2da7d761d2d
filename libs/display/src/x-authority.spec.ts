import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { authorityEntry, writeAuthority } from './x-authority.js';

test('authorityEntry is one entry for any host and any display', () => {
  const entry = authorityEntry(Buffer.alloc(16, 7));
  expect(entry.toString('latin1')).toBe(`\xff\xff\0\0\0\0\0\x12MIT-MAGIC-COOKIE-1\0\x10${'\x07'.repeat(16)}`);
});

test('writeAuthority writes a file for its owner alone, which xauth understands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'deskhand-authority-'));
  const file = join(folder, 'Xauthority');
  const cookie = writeAuthority(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(execFileSync('xauth', ['-f', file, 'list'], { encoding: 'utf8' })).toContain(cookie.toString('hex'));
  rmSync(folder, { recursive: true });
});
