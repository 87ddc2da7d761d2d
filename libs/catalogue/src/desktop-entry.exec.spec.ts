/** An `Exec` line becomes a program with plain words: no shell ever reads it, and nobody passes options as files. */

import { describe, expect, test } from 'vitest';
import { DeskhandError } from '#libs/common';
import { fillArguments, MAX_ARGUMENTS, parseExec, splitExec } from './desktop-entry.exec.js';

const fields = { icon: 'pen', displayName: 'Pen & Ink', file: '/share/pen.desktop' };
const command = (line: string, given: readonly string[] = []) => {
  const parts = parseExec(line, fields);
  return parts && fillArguments(parts, given);
};
const refused = (line: string, given: readonly string[]) => {
  try {
    command(line, given);
  } catch (error) {
    if (error instanceof DeskhandError) return [error.code, ...Object.keys(error.extras.fields ?? {})];
    throw error;
  }
  return [];
};

describe('words', () => {
  test.each([
    ['editor --new', ['editor', '--new']],
    ['  editor \t x  ', ['editor', 'x']],
    ['"/opt/my editor" a', ['/opt/my editor', 'a']],
    ['editor "a \\"b\\" \\$HOME \\`id\\` \\\\ c"', ['editor', 'a "b" $HOME `id` \\ c']],
    ['editor $HOME `id` ; rm -rf * && x > y', ['editor', '$HOME', '`id`', ';', 'rm', '-rf', '*', '&&', 'x', '>', 'y']],
    ['editor ""', ['editor', '']],
  ])('%s', (line, words) => {
    expect(splitExec(line)?.map(({ word }) => word)).toEqual(words);
  });

  test.each(['', '   ', 'editor "open', 'editor a"b"', '"a"b'])('%j is no command', (line) => {
    expect(splitExec(line)).toBeUndefined();
  });
});

describe('field codes', () => {
  test.each([
    ['editor %i %c %k', ['editor', '--icon', 'pen', 'Pen & Ink', '/share/pen.desktop']],
    ['editor 100%% "50%%"', ['editor', '100%', '50%']],
    ['editor %d %D %n %N %v %m x', ['editor', 'x']],
    ['editor "%f" x', ['editor', '%f', 'x']],
    ['editor %F --end', ['editor', '--end']],
    ['editor --uri=%u', ['editor']],
  ])('%s without arguments', (line, words) => {
    expect(command(line)).toEqual(words);
  });

  test('an icon that is not there leaves nothing', () => {
    expect(parseExec('editor %i', { ...fields, icon: undefined })).toEqual([{ text: 'editor' }]);
  });

  test.each(['editor %x', 'editor a%Fb', 'editor %f%u', 'editor 5%', '%f', 'HOME=/x editor', ''])('%j is not valid', (line) => {
    expect(parseExec(line, fields)).toBeUndefined();
  });
});

describe('arguments of the caller', () => {
  test.each([
    ['editor %f', ['a b'], ['editor', 'a b']],
    ['editor %u --end', ['https://example.org/?a=$(id)'], ['editor', 'https://example.org/?a=$(id)', '--end']],
    ['editor --uri=%u', ['x'], ['editor', '--uri=x']],
    ['editor %F', ['a', '"b"', '%f', ';'], ['editor', 'a', '"b"', '%f', ';']],
    ['editor %U', ['a', 'b'], ['editor', 'a', 'b']],
  ])('%s takes %j', (line, given, words) => {
    expect(command(line, given)).toEqual(words);
  });

  test.each([
    ['editor', ['a'], 'arguments'],
    ['editor %f', ['a', 'b'], 'arguments'],
    ['editor %F', Array.from({ length: MAX_ARGUMENTS + 1 }, () => 'a'), 'arguments'],
    ['editor %F', ['a', '--load=/evil.so'], 'arguments[1]'],
    ['editor %F', ['-'], 'arguments[0]'],
    ['editor --uri=%u', ['-x'], 'arguments[0]'],
    ['editor %F', [''], 'arguments[0]'],
    ['editor %F', ['a\nb'], 'arguments[0]'],
    ['editor %F', ['a\0'], 'arguments[0]'],
    ['editor %F', ['x'.repeat(4_097)], 'arguments[0]'],
  ])('%s refuses some', (line, given, field) => {
    expect(refused(line, given)).toEqual(['INVALID_REQUEST', field]);
  });
});
