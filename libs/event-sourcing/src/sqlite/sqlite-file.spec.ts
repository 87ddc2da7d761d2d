/** What cannot be seen through the store: the settings that its promises rest on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSqliteFile } from './sqlite-file.js';

it('flushes every commit to the disk, and never waits for other processes on the event loop', () => {
  const folder = mkdtempSync(join(tmpdir(), 'deskhand-events-'));
  const database = openSqliteFile(join(folder, 'events.sqlite'));
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  // 2 is FULL: https://sqlite.org/pragma.html#pragma_synchronous
  expect({ journal: pragma('journal_mode'), synchronous: pragma('synchronous'), timeout: pragma('busy_timeout') }).toEqual({
    journal: 'wal',
    synchronous: 2,
    timeout: 0,
  });
  database.close();
  rmSync(folder, { recursive: true });
});
