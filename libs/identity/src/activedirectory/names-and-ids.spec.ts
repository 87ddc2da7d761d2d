/** The pure parts of Active Directory: names, ids, times and reasons. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reasonOfBind } from './bind-reason.js';
import { filterOf, parseLoginName } from './login-name.js';
import { fileTime, guidBytes, guidText, siblingSid } from './object-id.js';

const domain = { domain: 'ad.example.com', netbiosName: 'EXAMPLE', upnSuffixes: ['example.com'] };

describe('a name', () => {
  it.each([
    ['fry', '(sAMAccountName=fry)', 'fry'],
    [' Fry ', '(sAMAccountName=Fry)', 'fry'],
    ['EXAMPLE\\fry', '(sAMAccountName=fry)', 'fry'],
    ['ad.example.com\\fry', '(sAMAccountName=fry)', 'fry'],
    ['fry@ad.example.com', '(|(userPrincipalName=fry@ad.example.com)(sAMAccountName=fry))', 'fry'],
    ['fry@AD.EXAMPLE.COM', '(|(userPrincipalName=fry@AD.EXAMPLE.COM)(sAMAccountName=fry))', 'fry'],
    ['fry@example.com', '(userPrincipalName=fry@example.com)', 'fry@example.com'],
    ['f(r)y*', '(sAMAccountName=f\\28r\\29y\\2a)', 'f(r)y*'],
  ])('%s is looked for by %s and counted as %s', (typed, filter, account) => {
    const name = parseLoginName(typed, domain);
    expect(name && filterOf(name)).toBe(filter);
    expect(name?.account).toBe(account);
  });

  it.each([
    '',
    '@',
    '\\',
    'OTHER\\fry',
    'fry@evil-example.com',
    'fry@example.com.evil',
    'fry@sub.example.com',
    'EXAMPLE\\a\\b',
    'fry\0@example.com',
  ])('%j is nobody', (typed) => expect(parseLoginName(typed, domain)).toBeUndefined());

  it('never makes a filter with more conditions than it should', () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('(', ')', '*', '\\', '@', '=', '|', '&', 'a', '.') }), (typed) => {
        const name = parseLoginName(typed, domain);
        const filter = name ? filterOf(name) : '';
        expect(filter.split('(').length).toBeLessThanOrEqual(4);
        expect(filter).not.toContain('*');
      }),
    ));
});

describe('ids', () => {
  it('are written as Microsoft writes them, and read back', () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, index) => index);
    expect(guidText(bytes)).toBe('03020100-0504-0706-0809-0a0b0c0d0e0f');
    expect(guidBytes(guidText(bytes))).toStrictEqual(bytes);
  });
  it.each(['', '*', '03020100-0504-0706-0809-0a0b0c0d0e0', '03020100-0504-0706-0809-0a0b0c0d0e0f)(x=*'])('%j is no id', (text) =>
    expect(guidBytes(text)).toBeUndefined(),
  );
  it('of a primary group differ from an account in the last part', () => {
    const sid = Buffer.from('010500000000000515000000aabbccdd0011223344556677e8030000', 'hex');
    expect(Buffer.from(siblingSid(sid, 513)).toString('hex')).toBe('010500000000000515000000aabbccdd001122334455667701020000');
  });
});

it.each([
  ['132000000000000000', Date.parse('2019-04-17T18:40:00Z')],
  ['0', undefined],
  ['9223372036854775807', undefined],
  [undefined, undefined],
  ['soon', undefined],
])('the time %s is %s', (text, expected) => expect(fileTime(text)).toBe(expected));

it.each([
  ['532', 'PASSWORD_EXPIRED'],
  ['533', 'ACCOUNT_DISABLED'],
  ['701', 'ACCOUNT_EXPIRED'],
  ['773', 'PASSWORD_MUST_CHANGE'],
  ['530', 'NOT_ALLOWED'],
  ['775', 'INVALID_CREDENTIALS'],
  ['52e', 'INVALID_CREDENTIALS'],
  ['525', 'INVALID_CREDENTIALS'],
])('a bind that fails with %s is %s', (data, code) =>
  expect(reasonOfBind(`80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data ${data}, v1db1`)).toBe(code),
);
