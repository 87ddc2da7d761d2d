/** What a login over LDAP makes for its desktops: there for the profiles that want it, and nowhere else. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStore } from '#libs/event-sourcing';
import { LoginFiles } from '#libs/identity';
import { ApiServer } from '../support/api-server.js';
import { ADMIN, PEOPLE, Slapd } from '../support/slapd.js';

let slapd: Slapd;
let api: ApiServer;
beforeAll(async () => {
  slapd = await Slapd.start();
  api = await ApiServer.start({
    store: { kind: 'sqlite' },
    identity: {
      providers: [{ kind: 'ldap', id: 'directory', displayName: 'Directory', urls: [slapd.url], service: ADMIN, user: { base: PEOPLE } }],
    },
    more: {
      profiles: [
        { name: 'plain', displayName: 'Plain' },
        { name: 'mounts', displayName: 'Mounts', loginFiles: ['credentials', 'passwd'] },
        { name: 'others', displayName: 'Others', labels: ['nobody'], loginFiles: ['ldif'] },
      ],
    },
  });
}, 60_000);
afterAll(async () => {
  await api?.remove();
  await slapd?.remove();
});

it('is given to the profiles that want it, and its password is stored nowhere', async () => {
  const { body, status } = await api
    .client()
    .call('POST', '/api/v1/auth/login', { provider: 'directory', username: 'fry', password: 'fry' });
  expect(status).toBe(200);
  const subject = await subjectOf(body.user.id);
  const files = api.app.get(LoginFiles, { strict: false });
  const owner = { provider: 'directory', subject };
  const texts = (found: Readonly<Record<string, Uint8Array>> | undefined) =>
    found && Object.fromEntries(Object.entries(found).map(([name, content]) => [name, Buffer.from(content).toString()]));
  expect(texts(await files.of(owner, 'mounts'))).toStrictEqual({
    credentials: 'username=fry\npassword=fry\n',
    passwd: 'fry:x:12001:12000:Philip J. Fry:/home/fry:/bin/bash\n',
  });
  expect(await files.of(owner, 'plain')).toBeUndefined();
  expect(await files.of(owner, 'others')).toBeUndefined();
  expect(await files.of({ ...owner, provider: 'another' }, 'mounts')).toBeUndefined();
  const data = await api.stop();
  for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
    const file = join(data, name);
    if (lstatSync(file).isFile()) expect(readFileSync(file, 'latin1'), name).not.toContain('password=fry');
  }
});

async function subjectOf(user: string): Promise<string> {
  const store = api.app.get(EventStore, { strict: false });
  const { promise, resolve } = Promise.withResolvers<string>();
  const following = store.follow({
    name: 'subjects',
    handle: ({ type, data, metadata }) => {
      if (type === 'SessionStarted' && metadata.actor === user) resolve((data as { identity: { subject: string } }).identity.subject);
    },
  });
  return promise.finally(() => following.stop());
}
