/** Whatever people and applications are called, what the cluster gets are names and labels that it takes. */
import { describe, expect, test } from 'vitest';
import { userIdOf } from '#libs/common';
import { loginName } from '../login-name.js';
import { containerName, homeName, labelValueOf, launchName, machineName, runLabels, runName, runOf } from './kubernetes.names.js';

/** RFC 1123, as the apiserver checks it. */
const SUBDOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

const NASTY = [
  '',
  ' ',
  '-',
  '...',
  'Fry',
  'FRY',
  'Philip J. Fry',
  'fry@planetexpress.com',
  'PLANET\\fry',
  'Zo\u00eb',
  'Zoe\u0308',
  '\u5927\u96c4',
  '\u{1f680}'.repeat(200),
  '\u202eyrf',
  '\0\n\r\t',
  '../../etc/passwd',
  '$(reboot)',
  '"; drop',
  'x'.repeat(10_000),
  '-'.repeat(64),
  '\ud800',
];
/** Reproducible texts of all of Unicode. */
function* texts(count: number): Generator<string> {
  let seed = 42;
  const next = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed % below;
  };
  for (let index = 0; index < count; index++) yield String.fromCodePoint(...Array.from({ length: next(80) }, () => next(0x11_0000)));
}

const everything = [...NASTY, ...texts(2_000)];

describe('any text', () => {
  test('is a label value', () => {
    for (const text of everything) expect(labelValueOf(text), JSON.stringify(text)).toMatch(LABEL_VALUE);
  });
  test('is a login name that programs take', () => {
    for (const text of everything) expect(loginName(text), JSON.stringify(text)).toMatch(/^[a-z_][a-z0-9_-]{0,31}$/);
  });
  test('as the id of a launch names a container, and another one another', () => {
    const names = new Set(everything.map(containerName));
    for (const name of names) {
      expect(name.length).toBeLessThanOrEqual(63);
      expect(name).toMatch(SUBDOMAIN);
    }
    expect(names.size).toBe(new Set(everything).size);
  });
  test('as the name of an application names a machine', () => {
    for (const text of everything) expect(machineName(text, text), JSON.stringify(text)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/);
    expect(machineName('Text Editor', 'l1')).toBe('text-editor-2804ba');
    expect(machineName('Text Editor', 'l2')).not.toBe(machineName('Text Editor', 'l1'));
  });
  test('as the subject of a user names a claim of that user alone, the same every time', () => {
    const nameOf = (subject: string): string => homeName('deskhand', userIdOf({ provider: 'ldap', subject }));
    const names = everything.map(nameOf);
    for (const name of names) expect(name).toMatch(SUBDOMAIN);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(253);
    expect(new Set(names).size).toBe(new Set(everything).size);
    expect(everything.map(nameOf)).toStrictEqual(names);
  });
});

describe('runs', () => {
  const target = { desktop: 'd1', run: 12 };
  test('are told apart, also between installations', () => {
    expect(runName('deskhand', target)).toBe('deskhand-d1-12');
    expect(runName('other', target)).not.toBe(runName('deskhand', target));
  });
  test('are read back from their labels', () => {
    expect(runOf(runLabels('deskhand', target, 'desktop'))).toStrictEqual(target);
    expect(runOf({ 'deskhand.io/desktop': 'd1', 'deskhand.io/run': 'newest' })).toBeUndefined();
    expect(runOf({})).toBeUndefined();
    expect(runOf(undefined)).toBeUndefined();
  });
});

test('a UUID names its launch as it is', () => {
  expect(launchName('3f0f6d0c-7f4b-4c6e-9f67-0c4a5d8d8f11')).toBe('3f0f6d0c-7f4b-4c6e-9f67-0c4a5d8d8f11');
});
