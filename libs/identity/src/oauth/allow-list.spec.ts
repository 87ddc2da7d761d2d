/** Who is let in, to the letter. */
import { describe, expect, it } from 'vitest';
import { isAllowed } from './allow-list.js';

const LIST = { everybody: false, domains: [], addresses: [], groups: [], subjects: [] };
const somebody = { subject: '1', name: 'Fry', groups: ['crew'], attributes: {}, roles: [], labels: [] };
const withMail = (mail: string) => ({ ...somebody, mail });

describe('a list of domains', () => {
  const list = { ...LIST, domains: ['example.com', 'bücher.example'] };

  it.each(['fry@example.com', 'FRY@EXAMPLE.COM', 'f.r+y@example.com', 'fry@xn--bcher-kva.example', 'fry@BÜCHER.example'])(
    'has %s',
    (mail) => expect(isAllowed(list, withMail(mail))).toBe(true),
  );
  it.each([
    'fry@evil-example.com',
    'fry@sub.example.com',
    'fry@example.com.evil.org',
    'fry@example.co',
    'fry@example.com@evil.org',
    'fry@evil.org@example.com',
    'fry@ехample.com',
    'fry@example.com.',
    '@example.com',
    'example.com',
    'fry@',
    'fry@example.com\0',
    'fry@example.com ',
    'fry@bucher.example',
    // What a parser of URLs takes for the end of a host, or leaves out.
    'fry@example.com/evil.org',
    'fry@example.com#evil.org',
    'fry@example.com?evil.org',
    'fry@example.com\\evil.org',
    'fry@example.com:443',
    'fry@exam\tple.com',
    'fry@exam\nple.com',
    'fry@%65xample.com',
    'fry@example%2ecom',
    'fry@exam\u00ADple.com',
    'fry@example。com/x',
  ])('has not %j', (mail) => expect(isAllowed(list, withMail(mail))).toBe(false));

  it('has nobody without a verified address', () => expect(isAllowed(list, somebody)).toBe(false));

  it('of Google has its Workspace accounts, and no others', () => {
    expect(isAllowed(list, withMail('fry@example.com'), { domain: 'example.com' })).toBe(true);
    expect(isAllowed(list, withMail('fry@example.com'), { domain: undefined })).toBe(false);
    expect(isAllowed(list, withMail('fry@example.com'), { domain: 'evil.org' })).toBe(false);
    expect(isAllowed(list, withMail('fry@example.com'), { domain: 'example.com/evil.org' })).toBe(false);
    expect(isAllowed(list, withMail('fry@example.com'), { domain: '' })).toBe(false);
  });
});

describe('the other lists', () => {
  it('know an address in any case, and no other', () => {
    const list = { ...LIST, addresses: ['Fry@Example.com'] };
    expect(isAllowed(list, withMail('fRY@eXAMPLE.COM'))).toBe(true);
    expect(isAllowed(list, withMail('fry@example.com.evil.org'))).toBe(false);
    expect(isAllowed(list, withMail('fгy@example.com'))).toBe(false);
  });

  it('know a group by its whole name', () => {
    expect(isAllowed({ ...LIST, groups: ['CREW'] }, somebody)).toBe(true);
    expect(isAllowed({ ...LIST, groups: ['cre', 'crew2', ''] }, somebody)).toBe(false);
  });

  it('know a subject to the letter', () => {
    expect(isAllowed({ ...LIST, subjects: ['1'] }, somebody)).toBe(true);
    expect(isAllowed({ ...LIST, subjects: ['01', '11', ''] }, somebody)).toBe(false);
  });

  it('have nobody when they are empty, and everybody only when they say so', () => {
    expect(isAllowed(LIST, withMail('fry@example.com'))).toBe(false);
    expect(isAllowed({ ...LIST, everybody: true }, somebody)).toBe(true);
  });
});
