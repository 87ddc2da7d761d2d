/** Whatever people type stays one value of a filter and one part of a DN. */
import fc from 'fast-check';
import { EqualityFilter, FilterParser } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { comparedOf, escapeDnValue, escapeFilterValue, fill, namingOf, placeholdersOf } from './ldap-text.js';

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('\0', '(', ')', '*', '\\', '=', ',', '+', '"', ' ', '#', 'a', '2') }),
);

describe('a value in a filter', () => {
  it('is read back as it was, alone', () =>
    fc.assert(
      fc.property(text, (value) => {
        const filter = FilterParser.parseString(`(uid=${escapeFilterValue(value)}x)`);
        expect(filter).toBeInstanceOf(EqualityFilter);
        expect((filter as EqualityFilter).value.toString()).toBe(`${value}x`);
      }),
    ));
});

describe('a value in a DN', () => {
  it('adds no part to it', () =>
    fc.assert(
      fc.property(text, (value) => {
        const dn = `uid=${escapeDnValue(`${value}x`)},ou=people`;
        // Each comma and plus of the value is escaped: only ours divides.
        expect(dn.replaceAll(/\\./gs, '').match(/[,+]/g)).toStrictEqual([',']);
      }),
    ));
  it.each([
    ['fry', 'fry'],
    ['a,b', 'a\\,b'],
    ['a+cn=x', 'a\\+cn\\=x'],
    ['#x', '\\#x'],
    [' x ', '\\ x\\ '],
    ['x\0', 'x\\00'],
    ['a\\,b', 'a\\\\\\,b'],
  ])('%j becomes %s', (value, escaped) => {
    expect(escapeDnValue(value)).toBe(escaped);
  });
});

describe('a template', () => {
  it('is filled everywhere, and not filled again by what is in a value', () => {
    const values = (name: string) => ({ dn: '{{uid}}', uid: 'fry' })[name];
    expect(fill('(|(member={{dn}})(memberUid={{uid}}))', values, escapeFilterValue)).toBe('(|(member={{uid}})(memberUid=fry))');
  });
  it('with a value that is not known is no filter', () => {
    expect(fill('(memberUid={{uid}})', () => undefined, escapeFilterValue)).toBeUndefined();
    expect(fill('(memberUid={{uid}})', () => '', escapeFilterValue)).toBeUndefined();
  });
  it('tells its placeholders, and what it compares with the name that was typed', () => {
    expect(placeholdersOf('(|(member={{dn}})(memberUid={{uid}}))')).toStrictEqual(['dn', 'uid']);
    const filter = '(&(objectClass=person)(|(uid={{username}})(mail={{username}})(x={{username}}@y)))';
    expect(comparedOf(filter)).toStrictEqual(['uid', 'mail']);
    expect(namingOf('cn={{username}}+ou=x,ou=people')).toStrictEqual(['cn']);
    expect(namingOf('ou=a, uid={{username}}')).toStrictEqual(['uid']);
    expect(namingOf('cn=x={{username}},cn={{username}}y,ou=people')).toStrictEqual([]);
  });
});
