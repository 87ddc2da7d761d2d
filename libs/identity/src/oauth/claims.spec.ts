/** One shape, whatever a provider says and however it says it. */
import { describe, expect, it } from 'vitest';
import { principalOf } from './claims.js';

const NAMES = { subject: 'sub', name: 'name', mail: 'email', groups: 'groups' };
const of = (claims: Record<string, unknown>, names: Partial<typeof NAMES> = {}) =>
  principalOf({ sub: '1', ...claims }, { ...NAMES, ...names });

describe('what a provider says', () => {
  it.each([
    [
      'Google',
      {
        sub: '107',
        name: 'Philip J. Fry',
        given_name: 'Philip',
        email: 'fry@example.com',
        email_verified: true,
        hd: 'example.com',
        iss: 'x',
        nonce: 'n',
      },
      {
        subject: '107',
        name: 'Philip J. Fry',
        mail: 'fry@example.com',
        groups: [],
        attributes: {
          sub: ['107'],
          name: ['Philip J. Fry'],
          given_name: ['Philip'],
          email: ['fry@example.com'],
          email_verified: ['true'],
          hd: ['example.com'],
        },
      },
    ],
    [
      'Facebook',
      { sub: '42', name: 'Philip J. Fry', email: 'fry@example.com', email_verified: undefined },
      {
        subject: '42',
        name: 'Philip J. Fry',
        groups: [],
        attributes: { sub: ['42'], name: ['Philip J. Fry'] },
      },
    ],
    [
      'Orange',
      { sub: 'MCO-1', given_name: 'Philip', family_name: 'Fry', updated_at: 7, aud: 'us', exp: 9 },
      {
        subject: 'MCO-1',
        name: 'Philip Fry',
        groups: [],
        attributes: { sub: ['MCO-1'], given_name: ['Philip'], family_name: ['Fry'], updated_at: ['7'] },
      },
    ],
  ])('of %s becomes the same shape', (_, claims, principal) =>
    expect(principalOf(claims, NAMES)).toStrictEqual({ ...principal, roles: [], labels: [] }),
  );

  it('of groups is found where the configuration says', () => {
    expect(of({ groups: ['a', 7, null, { x: 1 }, ''] })?.groups).toStrictEqual(['a', '7']);
    expect(of({ groups: 'one' })?.groups).toStrictEqual(['one']);
    expect(of({ realm_access: { roles: ['x'] } }, { groups: 'realm_access.roles' })?.groups).toStrictEqual(['x']);
    expect(of({ 'https://a.example/groups': ['x'] }, { groups: 'https://a.example/groups' })?.groups).toStrictEqual(['x']);
    expect(of({}, { groups: '__proto__.constructor' })?.groups).toStrictEqual([]);
  });

  it.each([['true'], [1], ['1'], [false], [null], [undefined], [{}], [[true]]])(
    'of a proof of the address counts only as true: %j',
    (email_verified) => {
      const found = of({ email: 'fry@example.com', email_verified });
      expect(found).not.toHaveProperty('mail');
      expect(found?.attributes).not.toHaveProperty('email');
    },
  );
  it('of an address without proof is nothing for rules, whichever claim it is in', () => {
    const claims = { account: { mail: 'boss@example.com', plan: 'gold' }, email: 'boss@example.com' };
    expect(of(claims, { mail: 'account.mail' })?.attributes).toStrictEqual({ sub: ['1'], 'account.plan': ['gold'] });
    const proved = of({ ...claims, email_verified: true }, { mail: 'account.mail' });
    expect(proved?.attributes).toMatchObject({ email: ['boss@example.com'], 'account.mail': ['boss@example.com'] });
  });

  it('of an object is told by its members', () =>
    expect(of({ address: { country: 'US', deep: { a: 1 } } })?.attributes).toMatchObject({ 'address.country': ['US'] }));

  it.each([[undefined], [''], [null], [{}], [['1']], ['x'.repeat(256)], ['a\0b'], ['a\nb']])(
    'without a usable subject is nobody: %j',
    (sub) => expect(of({ sub })).toBeUndefined(),
  );

  it.each([2 ** 53, 1.5, true])('with %j as subject is nobody: two people could have it', (id) =>
    expect(principalOf({ id }, { ...NAMES, subject: 'id' })).toBeUndefined(),
  );
  it('of a number is the same as of its digits', () => expect(principalOf({ id: 42 }, { ...NAMES, subject: 'id' })?.subject).toBe('42'));

  it('cannot grow without end', () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`claim${index}`, 'x']));
    const found = of({ ...many, groups: Array.from({ length: 5_000 }, String), name: `  \u202e\u0007${'N'.repeat(900)}` });
    expect(Object.keys(found?.attributes ?? {})).toHaveLength(200);
    expect(found?.groups).toHaveLength(1_000);
    expect(found?.name).toBe('N'.repeat(200));
  });
});
