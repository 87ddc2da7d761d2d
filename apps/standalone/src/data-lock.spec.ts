/** One server a data folder, and one clear sentence for every folder that cannot be used. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockData } from './data-lock.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskhand-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const codeOf = (data: string): unknown => {
  try {
    lockData(data)();
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

it('is held by one server until it is given back', () => {
  const unlock = lockData(folder);
  expect(codeOf(folder)).toBe('STORE_LOCKED');
  unlock();
  expect(codeOf(folder)).toBeUndefined();
});

it('does not blame another server for a folder that cannot be used', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(codeOf(join(folder, 'file'))).toBe('STORE_UNAVAILABLE');
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data/lock'), 'no database'.repeat(1_000));
  expect(codeOf(join(folder, 'data'))).toBe('STORE_UNAVAILABLE');
});
