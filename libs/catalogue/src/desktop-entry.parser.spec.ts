/** The reading of `.desktop` files as the Desktop Entry Specification has it. */
import { describe, expect, test } from 'vitest';
import { booleanOf, listOf, localListOf, localTextOf, parseDesktopEntry, textOf } from './desktop-entry.parser.js';

const parse = (...lines: string[]) => parseDesktopEntry(['[Desktop Entry]', ...lines].join('\n'))!;

describe('groups', () => {
  test('only [Desktop Entry] counts, wherever it stands', () => {
    const group = parseDesktopEntry('# comment\n[Other]\nName=no\n[Desktop Entry]\nName = yes \n\n[Desktop Action new]\nName=no\nExec=no');
    expect([...group!]).toEqual([['Name', 'yes']]);
  });

  test('without it there is no entry', () => {
    expect(parseDesktopEntry('')).toBeUndefined();
    expect(parseDesktopEntry('Name=x\n[Desktop entry]\nName=y')).toBeUndefined();
  });

  test('the first of two equal keys counts, and nonsense is passed over', () => {
    expect([...parse('Name=a', 'Name=b', 'nonsense', '=x', '[unclosed', 'Key with blank=x', '\u0000')]).toEqual([['Name', 'a']]);
  });

  test('a file of endless keys is no entry', () => {
    expect(parse(...Array.from({ length: 6_000 }, (_, index) => `X-${index}=1`))).toBeUndefined();
  });
});

describe('values', () => {
  test('escapes', () => {
    expect(textOf(parse('Comment=a\\sb\\nc\\td\\\\e\\x'), 'Comment')).toBe('a b\nc\td\\e\\x');
  });

  test('lists part at semicolons that are not escaped', () => {
    expect(listOf(parse('Categories=A;B\\;C;;D'), 'Categories')).toEqual(['A', 'B;C', 'D']);
    expect(listOf(parse(), 'Categories')).toEqual([]);
  });

  test('booleans', () => {
    const group = parse('A=true', 'B=1', 'C=false', 'D=True');
    expect(['A', 'B', 'C', 'D', 'E'].map((key) => booleanOf(group, key))).toEqual([true, true, false, false, false]);
  });
});

describe('languages', () => {
  const group = parse(
    'Name=Text',
    'Name[fr]=Texte',
    'Name[fr_BE]=Texte belge',
    'Name[sr@latin]=Tekst',
    'Name[sr]=Текст',
    'Keywords[fr]=a;b;',
  );

  test.each([
    [undefined, 'Text'],
    ['fr-FR', 'Texte'],
    ['fr-BE', 'Texte belge'],
    ['fr', 'Texte'],
    ['sr-Latn-RS', 'Tekst'],
    ['sr-RS', 'Текст'],
    ['de', 'Text'],
    ['../../etc', 'Text'],
  ])('%s reads %s', (locale, text) => {
    expect(localTextOf(group, 'Name', locale)).toBe(text);
  });

  test('lists too', () => {
    expect(localListOf(group, 'Keywords', 'fr')).toEqual(['a', 'b']);
    expect(localListOf(group, 'Keywords', 'de')).toEqual([]);
  });
});
