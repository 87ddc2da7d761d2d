/** What an LDAP provider does beyond the contract: what it reads, whom it lets in, and how it lives with servers that fail, on a real slapd. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { configurationSchema } from '#libs/common';
import { explain } from '../../apps/operator/src/explain.js';
import { ldapProvider } from '../../libs/common/src/configuration/directory.schema.js';
import type { LdapProvider } from '../../libs/identity/src/ldap/ldap-provider.js';
import { makeLdapProvider } from '../../libs/identity/src/ldap/make-ldap-provider.js';
import { BadServer } from '../support/bad-servers.js';
import { freePort } from '../support/free-port.js';
import { ADMIN, PEOPLE, Slapd } from '../support/slapd.js';

const person = (name: string, ...more: readonly string[]) =>
  [
    `dn: cn=${name},${PEOPLE}`,
    'objectClass: inetOrgPerson',
    ...more,
    `cn: ${name}`,
    `sn: ${name}`,
    `uid: ${name}`,
    `userPassword: ${name}`,
  ].join('\n');
const PEOPLE_WITH_A_STATE = [
  person('locked', 'objectClass: lockable', 'nsAccountLock: TRUE'),
  person('closed', 'pwdAccountLockedTime: 000001010000Z'),
  person('guessed', 'pwdAccountLockedTime: 20260101000000Z'),
  person('expired', 'objectClass: shadowAccount', 'shadowExpire: 1'),
];
/** More than the server tells at once (500), and more than it tells at all (700). */
const IN_VERY_MANY_GROUPS = [
  person('many'),
  person('toomany'),
  ...Array.from({ length: 800 }, (_, index) => {
    const members = index < 600 ? ['many', 'toomany'] : ['toomany'];
    const lines = members.map((name) => `member: cn=${name},${PEOPLE}`);
    return [`dn: cn=group${index},${PEOPLE}`, 'objectClass: groupOfNames', `cn: group${index}`, ...lines].join('\n');
  }),
];
/** Who is bound by the server's limits. */
const LIMITED = { dn: 'uid=leela,ou=bindable,dc=planetexpress,dc=com', password: 'leela' };

let slapd: Slapd;
const opened: { close(): unknown }[] = [];
beforeAll(async () => {
  slapd = await Slapd.start(`${[...PEOPLE_WITH_A_STATE, ...IN_VERY_MANY_GROUPS].join('\n\n')}\n`);
}, 60_000);
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});
afterAll(() => slapd?.remove());

function provide(more: object, asksGroups = true): LdapProvider {
  const settings = { urls: [slapd.url], service: ADMIN, user: { base: PEOPLE }, groups: { base: PEOPLE }, timeoutMs: 2000 };
  const parsed = ldapProvider.parse({ kind: 'ldap', id: 'directory', displayName: 'Directory', ...settings, ...more });
  const provider = makeLdapProvider(parsed, asksGroups);
  opened.push(provider);
  return provider;
}
async function keep(server: Promise<BadServer>): Promise<BadServer> {
  opened.push(await server);
  return server;
}
const logIn = (provider: LdapProvider, username = 'fry', password = username) => provider.authenticate({ username, password });
const CLIENTS = ['ldapts', 'passport-ldapauth'] as const;

describe.each(CLIENTS)('by %s, an account', (client) => {
  it('brings its mail, its DN, its POSIX account, its groups and what else is asked for', async () => {
    const user = { base: PEOPLE, attributes: ['employeeType'] };
    expect(await logIn(provide({ client, user }))).toStrictEqual({
      subject: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'Philip J. Fry',
      mail: 'fry@planetexpress.com',
      groups: ['ship_crew', `cn=ship_crew,${PEOPLE}`],
      attributes: {
        dn: [`cn=Philip J. Fry,${PEOPLE}`],
        cn: ['Philip J. Fry'],
        mail: ['fry@planetexpress.com'],
        uid: ['fry'],
        uidNumber: ['12001'],
        gidNumber: ['12000'],
        homeDirectory: ['/home/fry'],
        loginShell: ['/bin/bash'],
        employeeType: ['Delivering boy'],
      },
      roles: [],
      labels: [],
    });
  });

  it('is let in only from an allowed group, by its whole name or DN', async () => {
    for (const group of ['ship_crew', 'SHIP_CREW', `cn=ship_crew,${PEOPLE}`])
      expect((await logIn(provide({ client, allow: { groups: [group] } }))).name).toBe('Philip J. Fry');
    for (const group of ['ship', 'ship_', 'admin_staff', `cn=ship,${PEOPLE}`])
      await expect(logIn(provide({ client, allow: { groups: [group] } }))).rejects.toMatchObject({
        code: 'NOT_ALLOWED',
        subject: expect.any(String),
      });
  });

  it('is asked for its groups only where somebody looks at them: a rule, the allowed ones, or who wants an explanation', async () => {
    const provider = provide({ client }, false);
    expect((await logIn(provider)).groups).toStrictEqual([]);
    expect((await provider.lookUp?.('fry'))?.principal.groups).toContain('ship_crew');
    const allow = { groups: ['ship_crew'] };
    expect((await logIn(provide({ client, allow }, false))).groups).toContain('ship_crew');
    await expect(logIn(provide({ client, allow }, false), 'professor')).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  });

  it('is in no group whose DN is the name of one of its own', async () => {
    const group = `cn=admin_staff,${PEOPLE}`;
    expect((await logIn(provide({ client }), 'amy')).groups).not.toContain(group);
    await expect(logIn(provide({ client, allow: { groups: [group] } }), 'amy')).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    expect((await logIn(provide({ client, allow: { groups: [group] } }), 'hermes')).name).toBe('Hermes Conrad');
  });

  it('that the filter does not find is refused', async () => {
    const provider = provide({ client, allow: { filter: '(!(employeeType=Delivering boy))' } });
    await expect(logIn(provider)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    expect((await logIn(provider, 'leela')).name).toBe('Turanga Leela');
  });

  it.each([
    ['locked', 'ACCOUNT_DISABLED'],
    ['closed', 'ACCOUNT_DISABLED'],
    ['expired', 'ACCOUNT_EXPIRED'],
  ])('that is %s is told so by who knows the password, and by nobody else', async (name, code) => {
    const provider = provide({ client });
    await expect(logIn(provider, name)).rejects.toMatchObject({ code, subject: expect.any(String) });
    await expect(logIn(provider, name, 'wrong')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });

  it('in very many groups is in all of them, and refused where the directory does not tell all', async () => {
    const provider = provide({ client, service: LIMITED, timeoutMs: 10_000 });
    expect((await logIn(provider, 'many')).groups).toHaveLength(1_200);
    await expect(logIn(provider, 'toomany')).rejects.toMatchObject({ code: 'NOT_ALLOWED', subject: expect.any(String) });
    expect((await logIn(provider)).groups).toContain('ship_crew');
  });

  it('without the attribute that tells accounts apart is refused, and the directory is well', async () =>
    expect(logIn(provide({ client, user: { base: PEOPLE, subject: 'employeeNumber' } }))).rejects.toMatchObject({ code: 'NOT_ALLOWED' }));

  it('is refused when the filter finds two', async () => {
    const provider = provide({ client, user: { base: PEOPLE, filter: '(|(uid={{username}})(uid=leela))' } });
    await expect(logIn(provider)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });
});

describe('an account', () => {
  it('may have a name and a DN full of special characters', async () => {
    const principal = await logIn(provide({}), "o'doppel(*)\\", 'doppel');
    expect(principal).toMatchObject({ name: 'Doppel , Gänger (*)\\', groups: ['ship_crew', `cn=ship_crew,${PEOPLE}`] });
  });

  it('that may not log in is explained to operators, with every reason', async () => {
    const explained = (user: string, more: object = {}) => {
      const directory = { kind: 'ldap', id: 'directory', displayName: 'Directory', urls: [slapd.url], service: ADMIN };
      const places = { user: { base: PEOPLE }, groups: { base: PEOPLE } };
      const configuration = configurationSchema.parse({ identity: { providers: [{ ...directory, ...places, ...more }] } });
      return explain(configuration, ['--provider', 'directory', '--user', user]);
    };
    const [allow, limited] = [{ groups: ['group1'] }, { service: LIMITED, timeoutMs: 10_000 }];
    const isFry = { filter: '(uid=fry)' };
    const nameless = { user: { base: PEOPLE, subject: 'employeeNumber' } };
    const [disabled, filtered, noGroup] = [
      'the account is disabled',
      'allow.filter leaves the account out',
      'it is in no group of allow.groups',
    ];
    for (const [user, more, ...reasons] of [
      ['fry', {}],
      ['fry', { allow: isFry }],
      ['many', { allow, ...limited }],
      ['locked', {}, disabled],
      ['expired', {}, 'the account has expired'],
      ['leela', { allow: isFry }, filtered],
      ['FRY', { allow }, noGroup],
      ['toomany', { allow, ...limited }, 'the provider does not tell all of its groups'],
      ['fry', nameless, 'the attribute that tells accounts apart is missing, or may not be read'],
      ['locked', { allow: { ...isFry, ...allow } }, disabled, filtered, noGroup],
    ] as const)
      expect((await explained(user, more)).match(/(?<=may not log in: ).*/g) ?? [], user).toStrictEqual(reasons);
    for (const user of ['nobody', 'frý', '*'])
      await expect(explained(user, { allow: isFry })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('ends when it leaves the allowed group or is not found any more', async () => {
    const provider = provide({ allow: { groups: ['ship_crew'] } });
    const [fry, hermes] = [await logIn(provider), await logIn(provide({}), 'hermes')];
    expect(await provider.stillAllowed?.(fry.subject)).toBe(true);
    expect(await provider.stillAllowed?.(hermes.subject)).toBe(false);
    expect(await provide({ allow: { filter: '(!(uid=fry))' } }).stillAllowed?.(fry.subject)).toBe(false);
  });

  it('ends when it is locked or has expired; not because somebody guesses its password', async () => {
    const provider = provide({ allow: { groups: ['group1'] } });
    const everybody = provide({});
    for (const name of ['locked', 'closed', 'expired']) {
      const { subject } = await logIn(everybody, name).catch((refusal: { subject: string }) => refusal);
      expect(await everybody.stillAllowed?.(subject)).toBe(false);
    }
    expect(await everybody.stillAllowed?.((await logIn(everybody, 'guessed')).subject)).toBe(true);
    const { subject } = await logIn(provider, 'toomany');
    expect(await provider.stillAllowed?.(subject)).toBe(true);
    expect(await provide({ service: LIMITED, allow: { groups: ['group1'] } }).stillAllowed?.(subject)).toBe(false);
  });

  it('may have another attribute for its name where it binds by itself', async () => {
    const user = { base: PEOPLE, bindDn: `cn={{username}},${PEOPLE}` };
    expect((await logIn(provide({ user }), 'Philip J. Fry', 'fry')).attributes).toMatchObject({ uid: ['fry'] });
    expect((await logIn(provide({ user }), 'PHILIP J. fry', 'fry')).name).toBe('Philip J. Fry');
    await expect(logIn(provide({ user }), 'fry')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    await expect(logIn(provide({ user }), 'Philip J. Frý', 'fry')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });

  it.each([{}, { service: undefined }])(
    'that binds by itself is known after a wrong password only where somebody may look: %j',
    async (more) => {
      const user = { base: 'ou=bindable,dc=planetexpress,dc=com', bindDn: 'uid={{username}},ou=bindable,dc=planetexpress,dc=com' };
      const provider = provide({ user, ...more });
      const { subject } = await logIn(provider);
      await expect(logIn(provider, 'fry', 'wrong')).rejects.toMatchObject({
        code: 'INVALID_CREDENTIALS',
        subject: 'service' in more ? undefined : subject,
      });
      const unknown = await logIn(provider, 'nobody', 'wrong').catch((refusal: { subject?: string }) => refusal);
      expect(unknown).toMatchObject({ code: 'INVALID_CREDENTIALS', subject: undefined });
    },
  );

  it('cannot be looked at again by nobody', () => expect(provide({ service: undefined }).stillAllowed).toBeUndefined());
});

describe.each(CLIENTS)('by %s, a directory', (client) => {
  const unavailable = { code: 'PROVIDER_UNAVAILABLE' };

  it('whose certificate nobody vouches for gets no password', async () =>
    expect(logIn(provide({ client, urls: [slapd.secureUrl] }))).rejects.toMatchObject(unavailable));

  it('with the certificate of another name gets no password', async () => {
    const urls = [slapd.secureUrl.replace('localhost', '127.0.0.2')];
    await expect(logIn(provide({ client, urls, caFile: slapd.caFile }))).rejects.toMatchObject(unavailable);
  });

  it('that refuses the service account is no fault of who logs in', async () =>
    expect(logIn(provide({ client, service: { ...ADMIN, password: 'wrong' } }))).rejects.toMatchObject(unavailable));

  it.each(['silent', 'garbage', 'rude'] as const)('that is %s fails within its time', async (kind) => {
    const server = await keep(BadServer[kind]());
    const started = performance.now();
    await expect(logIn(provide({ client, urls: [server.url], timeoutMs: 500 }))).rejects.toMatchObject(unavailable);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('that is not there fails', async () =>
    expect(logIn(provide({ client, urls: [`ldap://127.0.0.1:${await freePort()}`] }))).rejects.toMatchObject(unavailable));

  it.each(['silent', 'garbage', 'rude'] as const)('is asked at its second server when the first is %s', async (kind) => {
    const server = await keep(BadServer[kind]());
    expect((await logIn(provide({ client, urls: [server.url, slapd.url] }))).name).toBe('Philip J. Fry');
  });

  it('is asked at its third server when the first two are silent, within the time of one login, and there first the next time', async () => {
    const [first, second] = [await keep(BadServer.silent()), await keep(BadServer.silent())];
    const provider = provide({ client, urls: [first.url, second.url, slapd.url], timeoutMs: 3_000 });
    expect((await logIn(provider)).name).toBe('Philip J. Fry');
    const asked = first.connections + second.connections;
    expect((await logIn(provider)).name).toBe('Philip J. Fry');
    await expect(logIn(provider, 'fry', 'wrong')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    expect(first.connections + second.connections).toBe(asked);
  });
});

describe('a directory', () => {
  it('that answers ten seconds late fails within its time', async () => {
    const server = await keep(BadServer.slow(slapd.url, () => 10_000));
    await expect(logIn(provide({ urls: [server.url], timeoutMs: 300 }))).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  });

  it('that falls silent after a login is given up within the time, and used again when it speaks', async () => {
    let delay = 0;
    const server = await keep(BadServer.slow(slapd.url, () => delay));
    const provider = provide({ urls: [server.url], timeoutMs: 500 });
    await logIn(provider);
    delay = 60_000;
    await expect(logIn(provider)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    delay = 0;
    expect((await logIn(provider)).name).toBe('Philip J. Fry');
  });

  it('that was started again is used at once', async () => {
    const own = await Slapd.start();
    opened.push({ close: () => own.remove() });
    const provider = provide({ urls: [own.url] });
    await Promise.all(Array.from({ length: 8 }, () => logIn(provider)));
    await own.stop();
    await expect(logIn(provider)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    await own.resume();
    const names = await Promise.all(Array.from({ length: 8 }, () => logIn(provider)));
    expect(new Set(names.map(({ name }) => name))).toStrictEqual(new Set(['Philip J. Fry']));
  });

  it('is asked on the same connections login after login', async () => {
    const server = await keep(BadServer.slow(slapd.url, () => 0));
    const provider = provide({ urls: [server.url] });
    for (let login = 0; login < 20; login++) await logIn(provider);
    expect(server.connections).toBe(2);
  });

  it('that failed is asked last for a while', async () => {
    const silent = await keep(BadServer.silent());
    const provider = provide({ urls: [silent.url, slapd.url], timeoutMs: 1000 });
    for (let login = 0; login < 5; login++) await Promise.all([logIn(provider), logIn(provider), logIn(provider)]);
    expect(silent.connections).toBeLessThanOrEqual(3);
  });

  it('by StartTLS is never spoken to in plain text', async () => {
    const server = await keep(BadServer.slow(slapd.url, () => 0));
    await expect(logIn(provide({ urls: [server.url], startTls: true }))).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect((await logIn(provide({ urls: [server.url], startTls: true, caFile: slapd.caFile }))).name).toBe('Philip J. Fry');
  });
});
