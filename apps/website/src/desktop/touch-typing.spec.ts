import { describe, expect, it } from 'vitest';
import { FILLING, keysBetween } from './touch-typing.js';

const BACKSPACE = 0xff08;

describe('typing on a screen', () => {
  it.each<[string, string, string, number[]]>([
    ['a letter', '', 'a', [0x61]],
    ['the return key', '', '\n', [0xff0d]],
    ['a letter beyond ASCII', '', 'é', [0xe9]],
    ['a letter beyond Latin-1', '', '日', [0x010065e5]],
    ['a picture that is two code units', '', '😀', [0x0101f600]],
    ['a picture that is taken back', '😀', '', [BACKSPACE]],
    ['a word that is corrected', 'teh', 'the ', [BACKSPACE, BACKSPACE, 0x68, 0x65, 0x20]],
    ['nothing new', 'the', 'the', []],
  ])('sends %s', (_, before, after, keys) => {
    expect(keysBetween(FILLING + before, FILLING + after)).toEqual(keys);
  });

  it('deletes what was typed before the keyboard came', () => {
    expect(keysBetween(FILLING, FILLING.slice(1))).toEqual([BACKSPACE]);
  });
});
