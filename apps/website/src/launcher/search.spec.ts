import { describe, expect, it } from 'vitest';
import type { Application } from '../api/types.js';
import { groupOf, groupsOf, moveChoice, search } from './search.js';

const application = (displayName: string, categories: string[] = [], keywords: string[] = []): Application => ({
  name: displayName.toLowerCase().replace(/\s/g, '-'),
  displayName,
  categories,
  keywords,
});
const all = [
  application('GNU Image Program', ['Graphics'], ['paint', 'photo']),
  application('Éditeur de texte', ['GTK', 'Utility', 'TextEditor']),
  application('Terminal', ['System', 'TerminalEmulator']),
  application('Image Viewer', ['Graphics']),
  application('Calculator', ['Utility'], ['terminate']),
  application('XTerm', []),
];
const names = (typed: string) => search(all, typed).map(({ displayName }) => displayName);

describe('the search of the launcher', () => {
  it('shows everything by name as long as nothing is typed', () => {
    expect(names('')).toEqual(['Calculator', 'Éditeur de texte', 'GNU Image Program', 'Image Viewer', 'Terminal', 'XTerm']);
  });

  it('puts names that begin with it first, then words, then parts, then keywords', () => {
    expect(names('term')).toEqual(['Terminal', 'XTerm', 'Calculator']);
    expect(names('image')).toEqual(['Image Viewer', 'GNU Image Program']);
    expect(names('PAINT')).toEqual(['GNU Image Program']);
  });

  it('minds neither case nor accents nor blanks', () => {
    expect(names(' EDITEUR ')).toEqual(['Éditeur de texte']);
  });

  it('finds nothing where there is nothing', () => {
    expect(names('zzz')).toEqual([]);
  });

  it('keeps to a group', () => {
    expect(search(all, '', 'graphics')).toHaveLength(2);
  });
});

describe('the groups', () => {
  it('come of the main category, whatever stands beside it', () => {
    expect(all.map(groupOf)).toEqual(['graphics', 'accessories', 'system', 'graphics', 'accessories', 'other']);
  });

  it('are those that have something in them', () => {
    expect(groupsOf(all)).toEqual(['graphics', 'system', 'accessories', 'other']);
  });
});

describe('the choice', () => {
  it.each([
    ['ArrowRight', 0, 1],
    ['ArrowLeft', 0, 0],
    ['ArrowDown', 1, 5],
    ['ArrowDown', 3, 6],
    ['ArrowDown', 6, 6],
    ['ArrowUp', 5, 1],
    ['ArrowUp', 2, 2],
  ])('with %s from %i goes to %i of seven in rows of four', (key, at, to) => {
    expect(moveChoice(key, at, 4, 7)).toBe(to);
  });

  it('does not move with other keys, nor where there is nothing', () => {
    expect(moveChoice('a', 0, 4, 7)).toBeUndefined();
    expect(moveChoice('ArrowDown', 0, 4, 0)).toBeUndefined();
  });
});
