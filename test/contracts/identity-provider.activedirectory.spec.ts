/** Active Directory keeps the contract of providers and its own promises, on a real Samba domain controller. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Attribute, Change, Client } from 'ldapts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { configurationSchema } from '#libs/common';
import { explain } from '../../apps/operator/src/explain.js';
import { activeDirectoryProvider } from '../../libs/common/src/configuration/directory.schema.js';
import type { ActiveDirectoryProvider } from '../../libs/identity/src/activedirectory/active-directory-provider.js';
import { makeActiveDirectoryProvider } from '../../libs/identity/src/activedirectory/make-active-directory-provider.js';
import { makeKeytab } from '../../libs/identity/src/kerberos.js';
import { ApiServer } from '../support/api-server.js';
import { BadServer } from '../support/bad-servers.js';
import { DOMAIN, NETBIOS_NAME, Samba, SERVICE, USER_PASSWORD, USERS, whyNoSamba } from '../support/samba.js';
import { describeIdentityProvider } from './identity-provider.contract.js';

const why = whyNoSamba();
if (why && process.env.CI) throw new Error(why);

describe.skipIf(why !== undefined)(`an Active Directory domain${why ? ` (skipped: ${why})` : ''}`, () => {
  let samba: Samba;
  const opened: ActiveDirectoryProvider[] = [];
  beforeAll(async () => {
    samba = await Samba.start();
  }, 180_000);
  afterEach(() => {
    for (const provider of opened.splice(0)) provider.close();
  });
  afterAll(() => samba?.remove());

  const settings = () => ({
    kind: 'activedirectory',
    id: 'domain',
    displayName: 'Domain',
    domain: DOMAIN,
    netbiosName: NETBIOS_NAME,
    controllers: [samba.address],
    caFile: samba.caFile,
    timeoutMs: 30_000,
    service: SERVICE,
  });
  const make = (more: object = {}, asksGroups = true) =>
    makeActiveDirectoryProvider(activeDirectoryProvider.parse({ ...settings(), ...more }), asksGroups);
  const provide = (more: object = {}, asksGroups = true): ActiveDirectoryProvider => {
    const provider = make(more, asksGroups);
    opened.push(provider);
    return provider;
  };
  const logIn = (username: string, password = USER_PASSWORD, more: object = {}) => provide(more).authenticate({ username, password });
  const GROUPS = ['ship_crew', 'staff', 'Domain Users', 'everyone_below'];

  for (const encryption of ['ldaps', 'starttls']) {
    describeIdentityProvider(`by ${encryption}`, async () => ({
      provider: make({ encryption }),
      password: USER_PASSWORD,
      subject: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      groups: GROUPS,
    }));
  }

  it('knows the three ways to write a name for one user, who is counted as one', async () => {
    const provider = provide();
    const { subject } = await logIn('fry');
    for (const username of [`fry@${DOMAIN}`, `FRY@${DOMAIN.toUpperCase()}`, `${NETBIOS_NAME}\\fry`, `planex\\Fry`, `${DOMAIN}\\fry`]) {
      expect((await provider.authenticate({ username, password: USER_PASSWORD })).subject).toBe(subject);
      expect(provider.accountOf({ username })).toBe('fry');
    }
  });

  it.each([
    'fry@planetexpress.com',
    'fry@evil-ad.planetexpress.test',
    'OTHER\\fry',
    `PLANEX\\fry@${DOMAIN}`,
    '\\fry',
    `@${DOMAIN}`,
    'PLANEX\\',
  ])('knows nobody as %s', (username) => expect(logIn(username)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' }));

  it('takes a principal name of another ending only where that is listed', async () => {
    await expect(logIn('captain@planetexpress.com')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    const more = { upnSuffixes: ['planetexpress.com'] };
    expect((await logIn('captain@planetexpress.com', USER_PASSWORD, more)).subject).toBe((await logIn('leela')).subject);
  });

  it('never takes one for another whose principal name looks like theirs', async () => {
    const [bender, lrrr] = [await logIn('bender'), await logIn('lrrr')];
    expect(bender.name).not.toBe(lrrr.name);
    // As Active Directory has it: a name that was given by hand goes first, and it is that user who is let in.
    expect((await logIn(`bender@${DOMAIN}`)).subject).toBe(lrrr.subject);
    expect((await logIn('bender')).subject).toBe(bender.subject);
  });

  it('brings mail, POSIX account and DN, and groups within groups with the primary one', async () => {
    const { mail, attributes, groups } = await logIn('fry');
    expect(mail).toBe('fry@planetexpress.com');
    expect(attributes).toMatchObject({
      dn: [`CN=fry,${USERS}`],
      sAMAccountName: ['fry'],
      uidNumber: ['12001'],
      unixHomeDirectory: ['/home/fry'],
    });
    expect(groups).toEqual(expect.arrayContaining([...GROUPS, 'CN=staff,OU=groups,DC=ad,DC=planetexpress,DC=test']));
    expect(groups).not.toContain('ship');
    expect(groups).not.toContain('admin_staff');
  });

  it('lets in by nested and primary groups, never by the beginning of a name', async () => {
    for (const group of ['staff', 'domain users', 'everyone_below']) await logIn('fry', USER_PASSWORD, { allow: { groups: [group] } });
    for (const group of ['ship', 'admin_staff'])
      await expect(logIn('fry', USER_PASSWORD, { allow: { groups: [group] } })).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  });

  it('is asked for groups only where somebody looks at them', async () => {
    const provider = provide({}, false);
    expect((await provider.authenticate({ username: 'fry', password: USER_PASSWORD })).groups).toStrictEqual([]);
    expect((await provider.lookUp('fry'))?.principal.groups).toContain('staff');
    const credentials = { username: 'fry', password: USER_PASSWORD };
    await expect(provide({ allow: { groups: ['ship'] } }, false).authenticate(credentials)).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  });

  it('never takes one group for another of the same cn, and knows both by their DNs', async () => {
    const admin = new Client({ url: `ldaps://${samba.address}`, tlsOptions: { rejectUnauthorized: false } });
    await admin.bind(`Administrator@${DOMAIN}`, 'Passw0rd.Adm1n');
    const [other, ship] = [`CN=ship,${USERS}`, 'CN=ship,OU=groups,DC=ad,DC=planetexpress,DC=test'];
    await admin.add(other, {
      objectClass: ['top', 'group'],
      sAMAccountName: 'other_ship',
      groupType: '-2147483646',
      member: `CN=fry,${USERS}`,
    });
    try {
      expect((await logIn('fry')).groups).toEqual(expect.arrayContaining(['other_ship', other]));
      for (const group of ['other_ship', other, other.replaceAll(',', ', ').toLowerCase()])
        await logIn('fry', USER_PASSWORD, { allow: { groups: [group] } });
      for (const group of ['ship', ship])
        await expect(logIn('fry', USER_PASSWORD, { allow: { groups: [group] } })).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    } finally {
      await admin.del(other);
      await admin.unbind();
    }
  });

  it.each([
    ['amy', 'ACCOUNT_DISABLED'],
    ['hermes', 'ACCOUNT_EXPIRED'],
    ['zoidberg', 'PASSWORD_MUST_CHANGE'],
    ['kif', 'PASSWORD_EXPIRED'],
  ])('says why %s cannot come in to whoever knows the password, and to nobody else', async (username, code) => {
    await expect(logIn(username)).rejects.toMatchObject({ code, subject: expect.any(String) });
    await expect(logIn(username, 'wrong')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });

  it.each(['nibbler', 'cubert'])(
    'refuses %s, of whom the service account may not read what is needed, and the domain is well',
    async (username) => {
      const provider = provide();
      await expect(provider.authenticate({ username, password: USER_PASSWORD })).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
      await expect(provider.authenticate({ username, password: 'wrong' })).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
      expect((await provider.authenticate({ username: 'fry', password: USER_PASSWORD })).groups).toContain('staff');
    },
  );

  it('ends whose primary group cannot be known any more, where groups decide', async () => {
    const { subject } = await provide({}, false).authenticate({ username: 'cubert', password: USER_PASSWORD });
    expect(await provide().stillAllowed(subject)).toBe(true);
    expect(await provide({ allow: { groups: ['everyone_below'] } }).stillAllowed(subject)).toBe(false);
  });

  it('says no sooner of one name than of another that it may not come in', async () => {
    const api = await ApiServer.start({ identity: { providers: [settings()], attempts: { failures: 1000 } } });
    const refusal = async (username: string, password: string) => {
      const from = performance.now();
      const { body } = await api.client().call('POST', '/api/v1/auth/login', { provider: 'domain', username, password });
      return { code: body.code as string, ms: performance.now() - from };
    };
    const kinds = [
      ['nobody', 'wrong', 'INVALID_CREDENTIALS'],
      ['fry', 'wrong', 'INVALID_CREDENTIALS'],
      ['amy', 'wrong', 'INVALID_CREDENTIALS'],
      ['amy', USER_PASSWORD, 'ACCOUNT_DISABLED'],
      ['nibbler', USER_PASSWORD, 'NOT_ALLOWED'],
      ['*', 'wrong', 'INVALID_CREDENTIALS'],
      ['fry', '', 'INVALID_CREDENTIALS'],
    ] as const;
    try {
      const times = new Map<string, number[]>();
      for (let round = 0; round < 5; round++)
        for (const [username, password, code] of kinds) {
          const refused = await refusal(username, password);
          expect(refused.code).toBe(code);
          const kind = `${username} ${password}`;
          times.set(kind, [...(times.get(kind) ?? []), refused.ms]);
        }
      const medians = [...times.values()].map((list) => list.sort((a, b) => a - b)[2] ?? Number.NaN);
      expect(Math.min(...[...times.values()].flat())).toBeGreaterThanOrEqual(300);
      expect(Math.max(...medians) - Math.min(...medians)).toBeLessThan(50);
    } finally {
      await api.remove();
    }
  });

  it('is explained to operators: why somebody may not come in', async () => {
    const explained = (user: string, more: object = {}) =>
      explain(configurationSchema.parse({ identity: { providers: [{ ...settings(), ...more }] } }), [
        '--provider',
        'domain',
        '--user',
        user,
      ]);
    const noneOf = { allow: { groups: ['ship'] } };
    expect(await explained('fry')).not.toContain('may not log in');
    for (const [user, reason, more] of [
      ['amy', 'the account is disabled', {}],
      ['hermes', 'the account has expired', {}],
      ['fry', 'it is in no group of allow.groups', noneOf],
      [`${NETBIOS_NAME}\\fry`, 'allow.filter leaves the account out', { allow: { filter: '(!(sAMAccountName=fry))' } }],
      ['nibbler', 'the attribute that tells accounts apart is missing, or may not be read', {}],
      ['cubert', 'the provider does not tell all of its groups', noneOf],
    ] as const)
      expect(await explained(user, more)).toContain(`\n  may not log in: ${reason}\n`);
    await expect(explained('nobody')).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('is found by the DNS, with the names of its controllers in their certificates', async () => {
    const more = { controllers: [], dnsServers: [samba.address] };
    for (const encryption of ['ldaps', 'starttls'])
      expect((await logIn('fry', USER_PASSWORD, { ...more, encryption })).groups).toContain('staff');
    await expect(logIn('fry', USER_PASSWORD, { ...more, domain: 'nowhere.test' })).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  });

  it('takes the keytab that is made of a login for its owner, and of a wrong password for nobody', async () => {
    const { kerberos } = await logIn('fry');
    if (!kerberos) throw new Error('there is no realm');
    const folder = mkdtempSync(join(tmpdir(), 'deskhand-keytab-'));
    const file = (name: string) => join(folder, name);
    const realm = DOMAIN.toUpperCase();
    writeFileSync(file('krb5.conf'), `[libdefaults]\ndefault_realm = ${realm}\n[realms]\n${realm} = {\n  kdc = ${samba.address}\n}\n`);
    const env = { PATH: process.env.PATH, KRB5_CONFIG: file('krb5.conf'), KRB5CCNAME: file('cache') };
    const run = (program: string, ...args: string[]) => promisify(execFile)(program, args, { env });
    try {
      writeFileSync(file('right'), await makeKeytab(kerberos, USER_PASSWORD));
      writeFileSync(file('wrong'), await makeKeytab(kerberos, 'wrong'));
      await run('kinit', '-k', '-t', file('right'), 'fry');
      expect((await run('klist')).stdout).toContain(`krbtgt/${realm}@${realm}`);
      await expect(run('kinit', '-k', '-t', file('wrong'), 'fry')).rejects.toThrow(/Preauthentication failed/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gets no password where nobody vouches for its certificate', async () => {
    for (const encryption of ['ldaps', 'starttls'])
      await expect(logIn('fry', USER_PASSWORD, { caFile: undefined, encryption })).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  });

  it.each(['silent', 'garbage', 'rude'] as const)('whose controller is %s fails, and lets in at the next one', async (kind) => {
    const bad = await BadServer[kind]();
    const controller = new URL(bad.url).host;
    try {
      for (const encryption of ['ldaps', 'starttls']) {
        const alone = { controllers: [controller], encryption, timeoutMs: 500 };
        await expect(logIn('fry', USER_PASSWORD, alone)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
      }
      const both = { controllers: [controller, samba.address], timeoutMs: 6_000 };
      expect((await logIn('fry', USER_PASSWORD, both)).groups).toContain('staff');
      expect(bad.connections).toBeGreaterThan(2);
    } finally {
      await bad.close();
    }
  });

  it('whose controller answers too late fails within its time', async () => {
    const slow = await BadServer.slow(`ldap://${samba.address}:636`, () => 10_000);
    const more = { controllers: [new URL(slow.url).host], timeoutMs: 500 };
    await expect(logIn('fry', USER_PASSWORD, more).finally(() => slow.close())).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
  });

  it('ends who was disabled, has expired, was locked out of a group or removed; a locked account looks like a wrong password', async () => {
    const provider = provide({ allow: { groups: ['ship'] } });
    const { subject } = await provider.authenticate({ username: 'scruffy', password: USER_PASSWORD });
    const amy = await provider.authenticate({ username: 'amy', password: USER_PASSWORD }).catch((refusal: { subject: string }) => refusal);
    const hermes = await provider
      .authenticate({ username: 'hermes', password: USER_PASSWORD })
      .catch((refusal: { subject: string }) => refusal);
    const any = provide();
    expect(await provider.stillAllowed(subject)).toBe(true);
    expect(await any.stillAllowed(amy.subject)).toBe(false);
    expect(await any.stillAllowed(hermes.subject)).toBe(false);
    const admin = new Client({ url: `ldaps://${samba.address}`, tlsOptions: { rejectUnauthorized: false } });
    await admin.bind(`Administrator@${DOMAIN}`, 'Passw0rd.Adm1n');
    const change = (operation: 'add' | 'delete' | 'replace', type: string, value: string) => [
      new Change({ operation, modification: new Attribute({ type, values: [value] }) }),
    ];
    const [scruffy, domain] = [`CN=scruffy,${USERS}`, 'DC=ad,DC=planetexpress,DC=test'];
    try {
      for (const [type, value] of [
        ['lockoutDuration', '-36000000000'],
        ['lockOutObservationWindow', '-36000000000'],
        ['lockoutThreshold', '3'],
      ] as const)
        await admin.modify(domain, change('replace', type, value));
      for (let guess = 0; guess < 4; guess++)
        await expect(logIn('scruffy', `guess ${guess}`)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
      await expect(logIn('scruffy')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS', subject });
      await admin.modify(domain, change('replace', 'lockoutThreshold', '0'));
      await admin.modify('CN=ship,OU=groups,DC=ad,DC=planetexpress,DC=test', change('delete', 'member', scruffy));
      expect(await provider.stillAllowed(subject)).toBe(false);
      expect(await any.stillAllowed(subject)).toBe(true);
      await admin.del(scruffy);
      expect(await any.stillAllowed(subject)).toBe(false);
    } finally {
      await admin.unbind();
    }
  });
});
