import { describe, expect, it } from 'vitest';
import { en } from './en.js';
import { fr } from './fr.js';
import { pickLanguage, regionOf } from './i18n.js';
import { sayDuration } from './say.js';

type Tree = { readonly [key: string]: string | Tree };
const leaves = (tree: Tree, path = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value] as [string, string]] : leaves(value, `${path}${key}.`),
  );
const blanks = (text: string): string[] => (text.match(/\{\{\w+\}\}/g) ?? []).sort();

describe('the languages', () => {
  it('have the same keys', () => {
    expect(leaves(fr).map(([key]) => key)).toEqual(leaves(en).map(([key]) => key));
  });

  it('fill the same blanks', () => {
    const french = new Map(leaves(fr));
    for (const [key, text] of leaves(en)) expect([key, blanks(french.get(key) ?? '')]).toEqual([key, blanks(text)]);
  });

  it('know what helps against every error that they name', () => {
    expect(Object.keys(en.remedies)).toEqual(Object.keys(en.errors));
  });

  it('leave nothing empty', () => {
    expect([...leaves(en), ...leaves(fr)].filter(([, text]) => text.trim() === '')).toEqual([]);
  });
});

describe('the language of the pages', () => {
  it.each([
    ['fr', ['en-GB'], 'fr'],
    [undefined, ['fr-CA', 'en'], 'fr'],
    [undefined, ['de-DE', 'fr'], 'fr'],
    [undefined, ['de-DE'], 'en'],
    ['klingon', [], 'en'],
    ['toString', ['FR'], 'fr'],
  ] as const)('chosen %s, browser %j: %s', (chosen, wishes, language) => {
    expect(pickLanguage(chosen, wishes)).toBe(language);
  });
});

describe('times and numbers', () => {
  it.each([
    ['en', ['fr-FR', 'en-GB', 'en-US'], 'en-GB'],
    ['fr', ['en-GB'], 'fr'],
    ['fr', ['FR-CA'], 'FR-CA'],
  ] as const)('in %s for a browser of %j are those of %s', (language, wishes, region) => {
    expect(regionOf(language, wishes)).toBe(region);
  });
});

describe('a duration', () => {
  it.each([
    [0, '0.0 s'],
    [420, '0.4 s'],
    [9_949, '9.9 s'],
    [12_300, '12 s'],
    [65_000, '1 min 5 s'],
    [-4, '0.0 s'],
  ])('of %i ms reads %s', (milliseconds, text) => {
    expect(sayDuration(milliseconds, 'en').replace(/\u00a0/g, ' ')).toBe(text);
  });

  it('follows the locale', () => {
    expect(sayDuration(420, 'fr')).toMatch(/^0,4.s$/);
  });
});
