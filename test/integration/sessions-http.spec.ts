/** How sessions end: at every machine of a user, and at the next renewal when the account may no longer come in. */
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { ApiServer } from '../support/api-server.js';
import { eventually } from '../support/eventually.js';
import type { HttpClient } from '../support/http-client.js';

const demo = fileURLToPath(new URL('../../apps/standalone/demo/accounts.yaml', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'deskhand-sessions-'));
const accountsFile = join(folder, 'accounts.yaml');
/** Written beside and put in its place, as configuration tools do. */
function writeAccounts(text: string): void {
  writeFileSync(`${accountsFile}.new`, text);
  renameSync(`${accountsFile}.new`, accountsFile);
}
type Account = { username: string; disabled?: boolean };
const accountsWith = (change: (account: Account) => Account | undefined): string =>
  stringify({ accounts: (parse(readFileSync(demo, 'utf8')) as { accounts: Account[] }).accounts.flatMap((each) => change(each) ?? []) });

const identity = { providers: [{ kind: 'local', id: 'office', displayName: 'Office', accountsFile }] };
let api: ApiServer;
beforeAll(async () => {
  writeAccounts(readFileSync(demo, 'utf8'));
  api = await ApiServer.start({ identity });
});
afterAll(async () => {
  await api.remove();
  rmSync(folder, { recursive: true });
});

type LoggedIn = HttpClient & { refreshToken: string };
async function logIn(username: string, password = username): Promise<LoggedIn> {
  const client = api.client();
  const { body } = await client.call('POST', '/api/v1/auth/login', { provider: 'office', username, password });
  return Object.assign(client, { token: body.accessToken as string, refreshToken: body.refreshToken as string });
}
const refresh = ({ refreshToken }: LoggedIn) => api.client().call('POST', '/api/v1/auth/refresh', { refreshToken });
const ended = { status: 401, body: { code: 'SESSION_ENDED' } };

describe('logging out everywhere', () => {
  it('ends the sessions of all machines, and nobody else', async () => {
    const [here, there, other] = [await logIn('fry'), await logIn('fry'), await logIn('leela')];
    expect((await here.call('POST', '/api/v1/auth/logout', { everywhere: true })).status).toBe(204);
    for (const client of [here, there]) {
      expect(await client.call('GET', '/api/v1/me')).toMatchObject(ended);
      expect(await refresh(client)).toMatchObject(ended);
    }
    expect((await other.call('GET', '/api/v1/me')).status).toBe(200);
  });

  it('is not what a logout is by itself', async () => {
    const [here, there] = [await logIn('fry'), await logIn('fry')];
    await here.call('POST', '/api/v1/auth/logout', {});
    expect(await here.call('GET', '/api/v1/me')).toMatchObject(ended);
    expect((await there.call('GET', '/api/v1/me')).status).toBe(200);
  });
});

describe('an account that', () => {
  it.each([
    ['was disabled', (account: Account) => (account.username === 'amy' ? { ...account, disabled: true } : account)],
    ['was removed', (account: Account) => (account.username === 'amy' ? undefined : account)],
  ])('%s loses its sessions at their next renewal, and nobody else does', async (_, change) => {
    writeAccounts(readFileSync(demo, 'utf8'));
    const [amy, fry] = [await logIn('amy'), await logIn('fry')];
    writeAccounts(accountsWith(change));
    expect(await refresh(amy)).toMatchObject(ended);
    expect(await amy.call('GET', '/api/v1/me')).toMatchObject(ended);
    expect((await refresh(fry)).status).toBe(200);
    writeAccounts(readFileSync(demo, 'utf8'));
    // Being allowed again revives nothing: the next login is a new session.
    expect(await refresh(amy)).toMatchObject(ended);
    const { body } = await (await logIn('amy')).call('GET', '/api/v1/me/logins');
    expect(body.items).toContainEqual(expect.objectContaining({ endReason: 'not-allowed' }));
  });

  it('is disabled is told so only with its right password', async () => {
    writeAccounts(accountsWith((account) => ({ ...account, disabled: true })));
    const answer = (password: string) =>
      api.client().call('POST', '/api/v1/auth/login', { provider: 'office', username: 'bender', password });
    expect(await answer('bender')).toMatchObject({ status: 403, body: { code: 'ACCOUNT_DISABLED' } });
    expect(await answer('wrong')).toMatchObject({ status: 401, body: { code: 'INVALID_CREDENTIALS' } });
    writeAccounts(readFileSync(demo, 'utf8'));
  });

  it('stands in a file that was spoilt goes on as before', async () => {
    const fry = await logIn('fry');
    writeAccounts('accounts: [');
    const { body, status } = await refresh(fry);
    expect(status).toBe(200);
    expect((await logIn('leela')).token).toBeDefined();
    writeAccounts(accountsWith((account) => (account.username === 'fry' ? undefined : account)));
    expect(await refresh(Object.assign(fry, { refreshToken: body.refreshToken }))).toMatchObject(ended);
    writeAccounts(readFileSync(demo, 'utf8'));
  });
});

describe('a provider that was taken out of the configuration', () => {
  it('takes its sessions with it at their next renewal', async () => {
    const first = await ApiServer.start({ identity, store: { kind: 'sqlite' } });
    const { body } = await first.client().call('POST', '/api/v1/auth/login', { provider: 'office', username: 'fry', password: 'fry' });
    const second = await ApiServer.start({ identity: { providers: [] }, store: { kind: 'sqlite' }, data: await first.stop() });
    try {
      const { refreshToken } = body;
      await eventually(async () =>
        expect(await second.client().call('POST', '/api/v1/auth/refresh', { refreshToken })).toMatchObject(ended),
      );
    } finally {
      await second.remove();
    }
  });
});
