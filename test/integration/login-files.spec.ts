/** What a login over LDAP makes for its desktops: there for the profiles that want it, and nowhere else. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { EventStore, type RecordedEvent } from '#libs/event-sourcing';
import { LoginFiles, type SessionStarted } from '#libs/identity';
import { ApiServer } from '../support/api-server.js';
import { ADMIN, PEOPLE, Slapd } from '../support/slapd.js';

/** Nothing else is called so: wherever it is found, it is the password. */
const PASSWORD = 'W1ndmills-do-n0t-work-that-way';
const LARS = `dn: uid=lars,${PEOPLE}
objectClass: inetOrgPerson
objectClass: posixAccount
uid: lars
cn: Lars Fillmore
sn: Fillmore
uidNumber: 12050
gidNumber: 12000
homeDirectory: /home/lars
loginShell: /bin/bash
gecos: Lars Fillmore
userPassword: ${PASSWORD}
`;

let slapd: Slapd;
let api: ApiServer;
let log = '';
beforeAll(async () => {
  slapd = await Slapd.start(LARS);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    log += String(text);
    return true;
  });
  api = await ApiServer.start({
    store: { kind: 'sqlite' },
    identity: {
      providers: [{ kind: 'ldap', id: 'directory', displayName: 'Directory', urls: [slapd.url], service: ADMIN, user: { base: PEOPLE } }],
    },
    more: {
      log: { level: 'trace' },
      profiles: [
        { name: 'plain', displayName: 'Plain' },
        { name: 'mounts', displayName: 'Mounts', loginFiles: ['credentials', 'passwd'] },
        { name: 'others', displayName: 'Others', labels: ['nobody'], loginFiles: ['ldif'] },
      ],
    },
  });
}, 60_000);
afterAll(async () => {
  vi.restoreAllMocks();
  await api?.remove();
  await slapd?.remove();
});

it('is given to the profiles that want it, and its password is stored and told nowhere', async () => {
  const logIn = (password: string) =>
    api.client().call('POST', '/api/v1/auth/login', { provider: 'directory', username: 'lars', password });
  const { body, status } = await logIn(PASSWORD);
  expect(status).toBe(200);
  // What is refused is written down too: with the name, not with what was typed beside it.
  expect((await logIn(`${PASSWORD}!`)).status).toBe(401);
  const events = await allEvents();
  const isStart = ({ type, metadata }: RecordedEvent) => type === 'SessionStarted' && metadata.actor === body.user.id;
  const [{ subject } = { subject: '' }] = events.filter(isStart).map(({ data }) => (data as SessionStarted['data']).identity);
  const files = api.app.get(LoginFiles, { strict: false });
  const owner = { provider: 'directory', subject };
  const texts = (found: Readonly<Record<string, Uint8Array>> | undefined) =>
    found && Object.fromEntries(Object.entries(found).map(([name, content]) => [name, Buffer.from(content).toString()]));
  const made = texts(await files.of(owner, 'mounts'));
  expect(made).toStrictEqual({
    credentials: `username=lars\npassword=${PASSWORD}\n`,
    passwd: 'lars:x:12050:12000:Lars Fillmore:/home/lars:/bin/bash\n',
  });
  expect(await files.of(owner, 'plain')).toBeUndefined();
  expect(await files.of(owner, 'others')).toBeUndefined();
  expect(await files.of({ ...owner, provider: 'another' }, 'mounts')).toBeUndefined();

  const places = new Map([
    ['events', JSON.stringify(events)],
    ['answer', JSON.stringify(body)],
    ['log', log],
  ]);
  const data = await api.stop();
  for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
    const file = join(data, name);
    if (lstatSync(file).isFile()) places.set(name, readFileSync(file, 'latin1'));
  }
  expect(places.get('events')).toContain('LoginRefused');
  expect(places.get('log')).toContain('/api/v1/auth/login');
  expect([...places.keys()].some((name) => name.startsWith('login-files/'))).toBe(true);
  const traces = [PASSWORD, Buffer.from(made?.credentials ?? '').toString('base64')];
  for (const [name, text] of places) for (const trace of traces) expect(text.includes(trace), name).toBe(false);
});

async function allEvents(): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  const following = api.app.get(EventStore, { strict: false }).follow({ name: 'all', handle: (event) => void events.push(event) });
  await following.caughtUp(10_000);
  await following.stop();
  return events;
}
