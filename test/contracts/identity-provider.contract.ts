/** What every provider with names and passwords promises, whatever it talks to. fry's password is his name. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IdentityProvider, LoginRefusal } from '../../libs/identity/src/identity-provider.js';

export interface ProviderUnderTest {
  readonly provider: IdentityProvider;
  /** fry's. */
  readonly password: string;
  readonly subject: RegExp;
  /** Groups of fry. */
  readonly groups: readonly string[];
  remove?(): Promise<void>;
}

export function describeIdentityProvider(name: string, make: () => Promise<ProviderUnderTest>): void {
  describe(name, () => {
    let rig: ProviderUnderTest;
    beforeAll(async () => {
      rig = await make();
    }, 120_000);
    afterAll(async () => {
      rig?.provider.close?.();
      await rig?.remove?.();
    });

    const logIn = (username: string, password = rig.password) =>
      rig.provider.authenticate({ username, password }, { address: '192.0.2.1' });
    const refusalOf = async (username: string, password?: string): Promise<LoginRefusal> => {
      const error = await logIn(username, password).then(
        ({ subject }) => expect.unreachable(`it was let in as ${subject}`),
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(LoginRefusal);
      return error as LoginRefusal;
    };

    it('lets in whoever knows the password, always as the same subject, with whole names of groups', async () => {
      const first = await logIn('fry');
      expect(first.subject).toMatch(rig.subject);
      expect(first.groups).toEqual(expect.arrayContaining([...rig.groups]));
      expect(await logIn('fry')).toStrictEqual(first);
    });

    it.each(['FRY', ' fry ', 'ｆｒｙ'])('takes %j for the same user', async (username) => {
      expect((await logIn(username)).subject).toBe((await logIn('fry')).subject);
      expect(rig.provider.accountOf({ username })).toBe(rig.provider.accountOf({ username: 'fry' }));
    });

    it('answers a wrong password and an unknown name in the same words', async () => {
      const [wrong, unknown] = [await refusalOf('fry', 'wrong'), await refusalOf('nobody', 'wrong')];
      expect([wrong.code, wrong.message]).toStrictEqual([unknown.code, unknown.message]);
      expect(wrong.code).toBe('INVALID_CREDENTIALS');
      expect(unknown.subject).toBeUndefined();
    });

    it.each(titled('', '\0', 'fry\0', 'x'.repeat(2000)))('never asks with the password %s', async (_, password) => {
      expect((await refusalOf('fry', password)).code).toBe('INVALID_CREDENTIALS');
    });

    it.each(
      titled(
        '',
        ' ',
        '*',
        'f*',
        'fry*',
        'fry)(uid=*',
        '*)(objectClass=*',
        'nobody)(|(uid=fry)',
        'fry)(&',
        'fry\\2a',
        '\\66ry',
        'fry\0',
        'fry\0)(uid=leela',
        'f\u00ADry',
        'fry\u200B',
        'fr\u0443',
        'frý',
        'fry,ou=people,dc=planetexpress,dc=com',
        'fry+cn=Philip J. Fry',
        'fry;',
        '#667279',
        'cn=Philip J. Fry,ou=people,dc=planetexpress,dc=com',
        'EXTERNAL',
        '__proto__',
        'x'.repeat(10_240),
        'é'.repeat(10_240),
        '\uD800fry',
        "$'",
        '$`',
        '$&',
        '$$',
        'fry$$',
        '$1{{username}}',
      ),
    )('takes %s for no name of fry', async (_, username) => {
      expect((await refusalOf(username)).code).toBe('INVALID_CREDENTIALS');
    });

    it.each(['username', 'password'])('says that the field %s is missing', async (field) => {
      const credentials = { username: 'fry', password: rig.password, [field]: undefined } as { username: string };
      await expect(rig.provider.authenticate(credentials, { address: '192.0.2.1' })).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        extras: { fields: { [field]: expect.any(String) } },
      });
    });

    it('looks at an account again without its password, where it can', async () => {
      if (!rig.provider.stillAllowed) return;
      const { subject } = await logIn('fry');
      expect(await rig.provider.stillAllowed(subject)).toBe(true);
      for (const other of [subject.replace(/^./, (digit) => (digit === '0' ? '1' : '0')), '*', '', 'x)(uid=*'])
        expect(await rig.provider.stillAllowed(other)).toBe(false);
    });

    it('says of a name, without its password, what a login says of it, where it can', async () => {
      if (!rig.provider.lookUp) return;
      const { subject: _, ...principal } = await logIn('fry');
      expect(await rig.provider.lookUp(' FRY ')).toStrictEqual({ principal, obstacles: [] });
      for (const other of ['nobody', '', '*', 'fry)(uid=*', 'frý', 'fry\0', 'x'.repeat(10_240)])
        expect(await rig.provider.lookUp(other)).toBeUndefined();
    });

    it('takes many logins at once, of many users, and confuses none', async () => {
      const [fry, leela] = [await logIn('fry'), await logIn('leela', rig.password === 'fry' ? 'leela' : rig.password)];
      const logins = Array.from({ length: 60 }, async (_, index) => {
        if (index % 3 === 0) return (await refusalOf('fry', 'wrong')).code;
        const name = index % 3 === 1 ? 'fry' : 'leela';
        return (await logIn(name, rig.password === 'fry' ? name : rig.password)).subject;
      });
      expect(await Promise.all(logins)).toStrictEqual(
        Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? 'INVALID_CREDENTIALS' : index % 3 === 1 ? fry.subject : leela.subject)),
      );
    });
  });
}

/** Each with a title that is short enough to read. */
const titled = (...texts: readonly string[]) =>
  texts.map((text) => [JSON.stringify(text.length > 60 ? `${text.slice(0, 10)}... (${text.length})` : text), text] as const);
