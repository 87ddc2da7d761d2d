/** The laws of local accounts, on the real file of the demonstration. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { accountNameOf } from '../account-name.js';
import { LoginRefusal } from '../identity-provider.js';
import { readAccounts } from './accounts.js';
import { LocalProvider } from './local-provider.js';

const demo = fileURLToPath(new URL('../../../../apps/standalone/demo/accounts.yaml', import.meta.url));
let provider: LocalProvider;
beforeAll(async () => {
  provider = await LocalProvider.open('planet-express', 'Planet Express', true, demo);
});

const refusalOf = async (username: string, password: string): Promise<{ code: string; subject?: string }> => {
  const error = await provider.authenticate({ username, password }).then(
    () => expect.unreachable('it was let in'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LoginRefusal);
  const { code, subject } = error as LoginRefusal;
  return { code, ...(subject === undefined ? {} : { subject }) };
};

describe('a local account', () => {
  it('is let in with its password and brings its roles and labels', async () => {
    expect(await provider.authenticate({ username: 'hermes', password: 'hermes' })).toStrictEqual({
      subject: 'planetexpress-hermes',
      name: 'Hermes Conrad',
      groups: [],
      attributes: { uid: ['hermes'] },
      roles: ['admin'],
      labels: ['admin_staff'],
    });
  });
  it.each(['fry', 'leela', 'professor', 'bender', 'zoidberg', 'amy'])('%s can log in', async (name) => {
    expect((await provider.authenticate({ username: name, password: name })).subject).toBe(`planetexpress-${name}`);
  });
  it.each(['FRY', ' fry ', 'ｆｒｙ'])('is found as "%s"', async (username) => {
    expect((await provider.authenticate({ username, password: 'fry' })).subject).toBe('planetexpress-fry');
  });
  it('with a wrong password is refused, and known', async () =>
    expect(await refusalOf('fry', 'wrong')).toStrictEqual({ code: 'INVALID_CREDENTIALS', subject: 'planetexpress-fry' }));
  it.each(['', 'fry\0', 'x'.repeat(2000)])('is refused with the password %j', async (password) =>
    expect((await refusalOf('fry', password)).code).toBe('INVALID_CREDENTIALS'),
  );
  it.each(['nobody', '', 'fry\0', 'x'.repeat(300), '__proto__'])('%j is refused in the same words, and unknown', async (username) =>
    expect(await refusalOf(username, 'fry')).toStrictEqual({ code: 'INVALID_CREDENTIALS' }),
  );
  it('is not looked for while a field is missing', async () =>
    expect(provider.authenticate({ username: 'fry' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      extras: { fields: { password: expect.any(String) } },
    }));
});

describe('whether a name is known', () => {
  /** Microseconds of CPU, all threads: what a wrong password costs, whoever else is busy on this machine. */
  const costOf = async (username: string): Promise<number> => {
    const before = process.cpuUsage();
    await refusalOf(username, 'wrong');
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const median = (values: readonly number[]) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

  it('does not show in the work that a wrong password makes', async () => {
    const costs: { known: number; unknown: number }[] = [];
    for (let round = 0; round < 15; round++) costs.push({ known: await costOf('fry'), unknown: await costOf(`nobody-${round}`) });
    const ratio = median(costs.map(({ unknown }) => unknown)) / median(costs.map(({ known }) => known));
    // Without a hash for unknown names it would be far below a tenth.
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });
});

describe('a user name', () => {
  it.each([
    ['STRASSE', 'straße'],
    ['Ångström', 'A\u030angstro\u0308m'],
    ['ﬁnn', 'FINN'],
  ])('%s is the same as %s', (one, other) => expect(accountNameOf(one)).toBe(accountNameOf(other)));
});

describe('a file of accounts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'deskhand-accounts-'));
  const hash = '$argon2id$v=19$m=19456,t=2,p=1$Wtx5zxyx3+b+IuhIXqGRyg$HnP4iIJRfZGZ2lIqRqls1BWiHuODYS+W5no1t1G5Xcw';
  const account = (username: string, subject: string, more = '') =>
    `  - {username: ${username}, name: Somebody, subject: ${subject}, hash: '${hash}'${more}}\n`;

  it.each([
    ['is not there', undefined, /ENOENT/],
    ['is not YAML', 'accounts: [', /not usable/],
    ['has no accounts', 'accounts: []', /accounts/],
    ['has an unknown setting', `accounts:\n${account('fry', '1', ', pasword: x')}`, /pasword/],
    [
      'has a plain password for a hash',
      "accounts:\n  - {username: fry, name: Fry, subject: '1', hash: fry}\n",
      /accounts\.0\.hash: not an argon2id hash/,
    ],
    ['has a name twice', `accounts:\n${account('fry', 'one')}${account('FRY', 'two')}`, /fry is there twice/],
    ['has a subject twice', `accounts:\n${account('fry', 'one')}${account('leela', 'one')}`, /subject one is there twice/],
  ])('that %s is refused in one sentence', async (_, content, why) => {
    const file = join(folder, `${crypto.randomUUID()}.yaml`);
    if (content !== undefined) writeFileSync(file, content);
    const error = await readAccounts(file).then(
      () => expect.unreachable('it was taken'),
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' });
    expect(error.message).toMatch(why);
    expect(error.message).not.toContain(hash);
  });
});
