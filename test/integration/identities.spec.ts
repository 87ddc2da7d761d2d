/** Two providers' "fry" are two users, for every pair of providers: the same name, often the same subject, and nothing of one is the other's. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { UserIdentity } from '#libs/common';
import { KeyRing, Seal } from '#libs/tokens';
import { SqliteEventStore } from '../../libs/event-sourcing/src/sqlite/sqlite-event-store.js';
import { KeptFiles } from '../../libs/identity/src/kept-files.js';
import { FolderTexts } from '../../libs/identity/src/local/folder-texts.js';
import { HttpClient } from '../support/http-client.js';
import { isCallback, PEOPLE as OAUTH_PEOPLE } from '../support/oauth-desk.js';
import { OAuthRig, type Service } from '../support/oauth-rig.js';
import { Person } from '../support/person.js';
import { DOMAIN, NETBIOS_NAME, Samba, SERVICE, USER_PASSWORD, whyNoSamba } from '../support/samba.js';
import { ADMIN, PEOPLE, Slapd } from '../support/slapd.js';
import { StandaloneServer } from '../support/standalone.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 240_000 });

const accountsFile = fileURLToPath(new URL('../../apps/standalone/demo/accounts.yaml', import.meta.url));
const why = whyNoSamba();
if (why && process.env.CI) throw new Error(why);

/** Two of each kind, where two can have the same accounts they have. */
const PROVIDERS = {
  local: ['office', 'branch'],
  ldap: ['directory', 'mirror'],
  ...(why ? {} : { activedirectory: ['domain', 'forest'] }),
  oauth2: ['google', 'orange'],
  anonymous: ['guests', 'visitors'],
} as const;
const IDS = Object.values(PROVIDERS).flat();
const PAIRS = IDS.flatMap((one, index) => IDS.slice(index + 1).map((other) => [one, other] as const));

interface User {
  readonly client: HttpClient;
  readonly id: string;
  readonly desktop: string;
  readonly desktopToken: string;
  readonly session: string;
}

let slapd: Slapd;
let samba: Samba | undefined;
let rig: OAuthRig;
let server: StandaloneServer;
const users = new Map<string, User>();

const settingsOf = (id: string): object => {
  const common = { id, displayName: id };
  const all: Record<keyof typeof PROVIDERS, () => object> = {
    local: () => ({ ...common, kind: 'local', accountsFile }),
    ldap: () => ({ ...common, kind: 'ldap', urls: [slapd.url], service: ADMIN, user: { base: PEOPLE }, groups: { base: PEOPLE } }),
    activedirectory: () => ({
      ...common,
      kind: 'activedirectory',
      domain: DOMAIN,
      netbiosName: NETBIOS_NAME,
      controllers: [samba?.address],
      caFile: samba?.caFile,
      service: SERVICE,
      timeoutMs: 30_000,
    }),
    oauth2: () => rig.settings(id as Service),
    anonymous: () => ({ ...common, kind: 'anonymous' }),
  };
  return all[kindOf(id)]();
};
const kindOf = (id: string) =>
  (Object.entries(PROVIDERS) as [keyof typeof PROVIDERS, readonly string[]][]).find(([, ids]) => ids.includes(id))?.[0] ?? 'local';

async function loggedIn(id: string): Promise<HttpClient> {
  const client = new HttpClient(server.url);
  if (kindOf(id) === 'oauth2') {
    const person = new Person();
    let page = await person.go(`${server.url}/api/v1/auth/oauth/${id}`, isCallback);
    const forms: readonly Record<string, string>[] = [{ login: 'fry', password: 'fry' }, {}];
    for (const fields of forms) page = await person.submit(page, fields, isCallback);
    await person.ask(page.url);
    client.token = person.cookies.get(new URL(server.url).host)?.get('deskhand-user /')?.value ?? '';
  } else {
    const password = kindOf(id) === 'activedirectory' ? USER_PASSWORD : 'fry';
    const credentials = kindOf(id) === 'anonymous' ? {} : { username: 'fry', password };
    const { body } = await client.call('POST', '/api/v1/auth/login', { provider: id, ...credentials });
    client.token = body.accessToken;
  }
  return client;
}

beforeAll(async () => {
  [slapd, samba] = await Promise.all([Slapd.start(), why ? undefined : Samba.start()]);
  server = await StandaloneServer.make(async (url) => {
    rig = await OAuthRig.start(url);
    rig.people.set('fry', OAUTH_PEOPLE.fry);
    const profiles = [{ name: 'standard', displayName: 'Standard', loginFiles: ['credentials'] }];
    return { http: { publicUrl: url }, identity: { providers: IDS.map(settingsOf) }, profiles };
  });
  await server.start();
  for (const id of IDS) {
    const client = await loggedIn(id);
    const { id: desktop } = await client.readyDesktop();
    const [me, sessions] = [await client.call('GET', '/api/v1/me'), await client.call('GET', '/api/v1/me/sessions')];
    expect(me.body).toMatchObject({ provider: id });
    users.set(id, {
      client,
      id: me.body.id,
      desktop,
      desktopToken: await client.desktopToken(desktop),
      session: sessions.body.items[0].id,
    });
  }
});
afterAll(async () => {
  await server?.dispose();
  await rig?.stop();
  await samba?.remove();
  await slapd?.remove();
});

/** Its login makes a secret. */
const typesPassword = (id: string): boolean => ['ldap', 'activedirectory'].includes(kindOf(id));

async function ownerOf(id: string): Promise<UserIdentity> {
  const store = new SqliteEventStore(join(server.folder, 'data/events.sqlite'));
  try {
    const [requested] = await store.read(`desktop-${of(id).desktop}`);
    const { owner } = (requested?.data ?? {}) as { owner?: UserIdentity };
    return owner ?? expect.fail(`the log names nobody for the desktop of ${id}`);
  } finally {
    await store.close();
  }
}
/** Where a sealed text lies, as the control plane names it. */
const placeOf = ({ provider, subject }: UserIdentity): string => createHash('sha256').update(`${provider} ${subject}`).digest('hex');

const of = (id: string): User => {
  const user = users.get(id);
  if (!user) throw new Error(`nobody is logged in with ${id}`);
  return user;
};

describe('fry of one provider and fry of another', () => {
  it.each(PAIRS)('%s, %s: are two users, with a desktop each', (one, other) => {
    expect(of(one).id).not.toBe(of(other).id);
    expect(of(one).desktop).not.toBe(of(other).desktop);
  });

  it.each(PAIRS)('%s, %s: cannot reach the desktop of the other', async (one, other) => {
    for (const [mine, theirs] of [
      [of(one), of(other)],
      [of(other), of(one)],
    ] as const) {
      const path = `/api/v1/desktops/${theirs.desktop}`;
      const tries: readonly (readonly [string, string, object?])[] = [
        ['GET', path],
        ['GET', `${path}/progress`],
        ['POST', `${path}/token`, {}],
        ['GET', `${path}/applications`],
        ['POST', `${path}/applications`, { application: 'terminal' }],
        ['DELETE', path],
      ];
      for (const [method, place, body] of tries)
        expect([method, place, await mine.client.call(method, place, body)]).toMatchObject([
          method,
          place,
          { status: 404, body: { code: 'DESKTOP_NOT_FOUND' } },
        ]);
      expect((await theirs.client.call('GET', path)).body.status).toBe('ready');
    }
  });

  it.each(PAIRS)('%s, %s: have no token that opens the windows and files of the other', async (one, other) => {
    for (const [mine, theirs] of [
      [of(one), of(other)],
      [of(other), of(one)],
    ] as const) {
      for (const token of [mine.desktopToken, mine.client.token ?? '']) {
        for (const inside of ['windows', 'files/', 'display', 'events']) {
          const headers = { authorization: `Bearer ${token}` };
          const answer = await new HttpClient(server.url).call('GET', `/d/${theirs.desktop}/${inside}`, undefined, headers);
          expect([inside, answer]).toMatchObject([inside, { status: 401, body: { code: 'DESKTOP_TOKEN_INVALID' } }]);
        }
      }
      const own = { authorization: `Bearer ${theirs.desktopToken}` };
      expect((await new HttpClient(server.url).call('GET', `/d/${theirs.desktop}/windows`, undefined, own)).status).toBe(200);
    }
  });

  it.each(PAIRS)('%s, %s: see only their own sessions and logins, and end no other', async (one, other) => {
    for (const [mine, theirs, provider] of [
      [of(one), of(other), one],
      [of(other), of(one), other],
    ] as const) {
      const [sessions, logins] = [await mine.client.call('GET', '/api/v1/me/sessions'), await mine.client.call('GET', '/api/v1/me/logins')];
      expect(sessions.body.items.map(({ id }: { id: string }) => id)).toStrictEqual([mine.session]);
      expect(logins.body.items.map((login: { provider: string }) => login.provider)).toStrictEqual([provider]);
      expect((await mine.client.call('DELETE', `/api/v1/me/sessions/${theirs.session}`)).status).toBe(404);
      expect((await theirs.client.call('GET', '/api/v1/me')).status).toBe(200);
    }
  });

  it.each(PAIRS)('%s, %s: have secrets of their logins that open for themselves alone, wherever they lie', async (one, other) => {
    const ring = await KeyRing.open(join(server.folder, 'data/keys'));
    const elsewhere = mkdtempSync(join(tmpdir(), 'deskhand-swapped-'));
    const texts = join(server.folder, 'data/login-files');
    const keeper = (folder: string) => new KeptFiles(new FolderTexts(folder), new Seal(ring.master, 1024 * 1024), 3_600);
    try {
      for (const [mine, theirs] of [
        [one, other],
        [other, one],
      ] as const) {
        if (!typesPassword(mine)) continue;
        const [owner, stranger] = [await ownerOf(mine), await ownerOf(theirs)];
        expect(Buffer.from((await keeper(texts).of(owner)).credentials ?? []).toString()).toContain('username=fry');
        await new FolderTexts(elsewhere).put(placeOf(stranger), readFileSync(join(texts, placeOf(owner)), 'utf8'));
        expect(await keeper(elsewhere).of(stranger)).toStrictEqual({});
      }
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it('have homes of their own, which the others cannot enter', () => {
    const homes = join(server.folder, 'data/homes');
    const owners = readdirSync(homes).map((home) => statSync(join(homes, home)));
    expect(owners).toHaveLength(IDS.length);
    if (process.getuid?.() === 0) expect(new Set(owners.map(({ uid }) => uid)).size).toBe(IDS.length);
    expect(owners.map(({ mode }) => mode & 0o077)).toStrictEqual(IDS.map(() => 0));
  });
});
