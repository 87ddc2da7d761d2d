/** What rules do at a real login: the labels that come out select profiles and applications; and how an operator asks why. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configurationSchema } from '#libs/common';
import { explain } from '../../apps/operator/src/explain.js';
import type { HttpClient } from '../support/http-client.js';
import { DESK, OAuthDesk } from '../support/oauth-desk.js';
import type { Person } from '../support/person.js';
import { ADMIN, PEOPLE, Slapd } from '../support/slapd.js';

const RULES = [
  { name: 'crew', conditions: [{ group: ['ship_crew'] }], labels: ['crew'] },
  { name: 'captains', conditions: [{ group: ['captains'] }, { provider: ['google'] }], labels: ['bridge'], roles: ['admin'] },
  { name: 'like captains', conditions: [{ group: ['captain'] }], roles: ['never'] },
  { name: 'of the company', conditions: [{ claim: { name: 'hd', equals: 'planetexpress.example' } }], labels: ['company'] },
  { name: 'outside', conditions: [{ network: ['198.51.100.0/24'], expected: false }], labels: ['outside'] },
  { name: 'gold', conditions: [{ header: { name: 'X-Tier', equals: 'gold' } }], labels: ['gold'] },
  { name: 'directory', conditions: [{ attribute: { name: 'hd' } }], labels: ['never'] },
];

let desk: OAuthDesk;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deskhand-rules-'));
  mkdirSync(join(folder, 'applications'));
  for (const name of ['bridge-tool', 'clock'])
    writeFileSync(
      join(folder, 'applications', `${name}.desktop`),
      `[Desktop Entry]\nType=Application\nName=${name}\nExec=true\nCategories=Utility;\n`,
    );
  const profiles = [
    { name: 'standard', displayName: 'Standard', default: true },
    { name: 'bridge', displayName: 'Bridge', labels: ['bridge'] },
  ];
  const catalogue = { folders: [join(folder, 'applications')], restrict: [{ applications: ['bridge-tool'], labels: ['bridge'] }] };
  desk = await OAuthDesk.start({ google: {}, orange: {} }, { identity: { rules: RULES }, more: { profiles, catalogue } });
});
afterAll(async () => {
  await desk?.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => desk.reset());

const loggedIn = async (login: string, service: 'google' | 'orange', headers: Record<string, string> = {}): Promise<Person> => {
  const person = desk.somebody(headers);
  await desk.logIn(person, service, login);
  return person;
};
const named = async (person: Person, path: string) => (await desk.read(person, path)).body.items.map(({ name }: { name: string }) => name);

/** Of a person who is logged in, a program. */
const programOf = (person: Person): HttpClient => {
  const token = person.cookies.get(new URL(DESK).host)?.get('__Host-deskhand-user /')?.value ?? '';
  return Object.assign(desk.api.client(), { token });
};

describe('a login', () => {
  it('gets the labels and roles of every rule that applies, and of no other', async () => {
    expect((await desk.me(await loggedIn('fry', 'google'))).body).toMatchObject({ labels: ['crew', 'company'], roles: [] });
    expect((await desk.me(await loggedIn('leela', 'google'))).body).toMatchObject({ labels: ['crew', 'bridge'], roles: ['admin'] });
    expect((await desk.me(await loggedIn('leela', 'orange'))).body).toMatchObject({ labels: ['crew'], roles: [] });
  });

  it('is judged by where it comes from', async () => {
    const person = await loggedIn('fry', 'orange', { 'x-forwarded-for': '203.0.113.9' });
    expect((await desk.me(person)).body.labels).toContain('outside');
    const invented = await loggedIn('fry', 'orange', { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' });
    expect((await desk.me(invented)).body.labels).not.toContain('outside');
  });

  it('is judged by what a proxy of ours says', async () => {
    expect((await desk.me(await loggedIn('fry', 'orange', { 'X-Tier': 'gold' }))).body.labels).toContain('gold');
    expect((await desk.me(await loggedIn('fry', 'orange', { 'X-Tier': 'gold, gold' }))).body.labels).not.toContain('gold');
  });

  it('with a label may choose the profiles and start the applications of it', async () => {
    const [fry, leela] = [await loggedIn('fry', 'google'), await loggedIn('leela', 'google')];
    expect(await named(fry, '/profiles')).toStrictEqual(['standard']);
    expect(await named(leela, '/profiles')).toStrictEqual(['standard', 'bridge']);
    expect(await named(fry, '/applications')).toStrictEqual(['clock']);
    expect(await named(leela, '/applications')).toStrictEqual(['bridge-tool', 'clock']);

    // What is not listed cannot be had by its name either.
    const [his, hers] = [programOf(fry), programOf(leela)];
    const asked = (user: HttpClient, profile: string) => user.call('POST', '/api/v1/desktops', { profile });
    expect(await asked(his, 'bridge')).toMatchObject({ status: 400, body: { code: 'PROFILE_NOT_FOUND' } });
    const [plain, bridge] = [(await asked(his, 'standard')).body.id, (await asked(hers, 'bridge')).body.id];
    const started = (user: HttpClient, id: string, application: string) =>
      user.call('POST', `/api/v1/desktops/${id}/applications`, { application });
    await Promise.all([his.untilStatus(plain, 'ready'), hers.untilStatus(bridge, 'ready')]);
    expect(await started(his, plain, 'bridge-tool')).toMatchObject({ status: 403, body: { code: 'APPLICATION_NOT_ALLOWED' } });
    expect((await started(his, plain, 'clock')).status).toBe(202);
    expect((await started(hers, bridge, 'bridge-tool')).status).toBe(202);
    await Promise.all([his.call('DELETE', `/api/v1/desktops/${plain}`), hers.call('DELETE', `/api/v1/desktops/${bridge}`)]);
    await Promise.all([his.untilStatus(plain, 'stopped'), hers.untilStatus(bridge, 'stopped')]);
  }, 60_000);
});

describe('an explanation', () => {
  const accountsFile = fileURLToPath(new URL('../../apps/standalone/demo/accounts.yaml', import.meta.url));
  const configuration = () =>
    configurationSchema.parse({
      data: join(folder, 'never-touched'),
      http: { publicUrl: DESK },
      identity: {
        providers: [{ kind: 'local', id: 'office', displayName: 'Office', accountsFile }, desk.rig.settings('google')],
        rules: RULES,
      },
    });
  const told = (...args: string[]) => explain(configuration(), args);

  it('of somebody in a directory says what each rule found', async () => {
    const text = await told('--provider', 'office', '--user', 'HERMES', '--address', '203.0.113.9');
    expect(text).toContain('HERMES of office is Hermes Conrad');
    expect(text).toContain('labels of the provider: admin_staff');
    expect(text).toMatch(
      /applies: outside\n {2}met {6}not: address in "198\.51\.100\.0\/24" \(there is: 203\.0\.113\.9\)\n {2}adds labels: outside; roles: none/,
    );
    expect(text).toMatch(/does not apply: crew\n {2}not met {2}in the group "ship_crew"/);
    expect(text).toMatch(/\nlabels: admin_staff, outside\nroles: admin\n$/);
  });

  it('of somebody in a directory reads their groups there, as a login would', async () => {
    const slapd = await Slapd.start();
    try {
      const directory = {
        kind: 'ldap',
        id: 'planet',
        displayName: 'Planet',
        urls: [slapd.url],
        service: ADMIN,
        user: { base: PEOPLE },
        groups: { base: PEOPLE },
      };
      const identity = { providers: [directory], rules: RULES };
      const answer = JSON.parse(
        await explain(configurationSchema.parse({ identity }), ['--provider', 'planet', '--user', 'fry', '--json']),
      );
      expect(answer).toMatchObject({ looked: true, labels: ['crew', 'outside'] });
      expect(answer.rules[0].conditions).toStrictEqual([
        { asked: 'in the group "ship_crew"', found: `ship_crew; cn=ship_crew,${PEOPLE}`, met: true },
      ]);
    } finally {
      await slapd.remove();
    }
  });

  it('says of who may not log in that they may not', async () => {
    const file = join(folder, 'accounts.yaml');
    writeFileSync(file, readFileSync(accountsFile, 'utf8').replace(/(\n *- username: fry)/, '$1\n    disabled: true'));
    const providers = [{ kind: 'local', id: 'office', displayName: 'Office', accountsFile: file }];
    const of = (user: string, ...args: string[]) =>
      explain(configurationSchema.parse({ identity: { providers } }), ['--provider', 'office', '--user', user, ...args]);
    expect(await of('fry')).toContain('\n  may not log in: the account is disabled\n');
    expect(await of('leela')).not.toContain('may not log in');
    expect(JSON.parse(await of('fry', '--json'))).toMatchObject({ mayLogIn: false });
  });

  it('of somebody whom only a login could tell takes what is said', async () => {
    const said = ['--group', 'captains', '--attribute', 'hd=planetexpress.example', '--header', 'X-TIER=gold', '--address', '198.51.100.4'];
    const answer = JSON.parse(await told('--provider', 'google', '--user', 'leela', '--json', ...said));
    expect(answer).toMatchObject({ looked: false, labels: ['bridge', 'company', 'gold'], roles: ['admin'] });
    expect(answer.rules.map(({ rule, applies }: { rule: string; applies: boolean }) => [rule, applies])).toStrictEqual([
      ['crew', false],
      ['captains', true],
      ['like captains', false],
      ['of the company', true],
      ['outside', false],
      ['gold', true],
      ['directory', false],
    ]);
  });

  it.each([
    [['--provider', 'office'], 'INVALID_REQUEST'],
    [['--provider', 'office', '--user', 'nobody'], 'INVALID_REQUEST'],
    [['--provider', 'office', '--user', 'fry', '--at', 'soon'], 'INVALID_REQUEST'],
    [['--provider', 'office', '--user', 'fry', '--address', 'here'], 'INVALID_REQUEST'],
    [['--provider', 'office', '--user', 'fry', '--attribute', 'x'], 'INVALID_REQUEST'],
    [['--provider', 'office', '--user', 'fry', '--nonsense'], 'INVALID_REQUEST'],
    [['--provider', 'nowhere', '--user', 'fry'], 'UNKNOWN_PROVIDER'],
  ])('of nothing (%j) is refused', async (args, code) => {
    await expect(told(...args)).rejects.toMatchObject({ code });
  });
});
