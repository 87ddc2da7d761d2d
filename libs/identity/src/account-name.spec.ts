/** One account has one name, however it is typed. */
import { describe, expect, it } from 'vitest';
import { accountNameOf } from './account-name.js';

it.each(['straße', 'STRASSE', 'STRAẞE', 'Strasse', ' ｓtraße '])('%j is strasse', (typed) => expect(accountNameOf(typed)).toBe('strasse'));

it.each(['', ' ', '\0', 'fry\0', 'f\u00ADry', 'x'.repeat(257)])('%j is no name', (typed) => expect(accountNameOf(typed)).toBeUndefined());

describe('a name that is one already', () => {
  it('stays as it is, whatever letters it has', () => {
    const changed: string[] = [];
    for (let code = 0x20; code <= 0x1ffff; code++)
      for (const around of ['', 'a']) {
        const once = accountNameOf(`${around}${String.fromCodePoint(code)}${around}`);
        if (once !== undefined && accountNameOf(once) !== once) changed.push(`U+${code.toString(16)}`);
      }
    expect(changed).toStrictEqual([]);
  });
});
