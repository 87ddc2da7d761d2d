/** Logins that end before a password is looked at are in the history too, and a flood of them is a few events. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventStore } from '#libs/event-sourcing';
import { ApiServer } from '../support/api-server.js';
import { freePort } from '../support/free-port.js';

const ADMINS = '10.1.0.1';
let api: ApiServer;
let settings: Parameters<typeof ApiServer.start>[0];
beforeAll(async () => {
  const accountsFile = join(import.meta.dirname, '../../apps/standalone/demo/accounts.yaml');
  const down = { urls: [`ldap://127.0.0.1:${await freePort()}`], user: { base: 'dc=example' }, timeoutMs: 2_000 };
  settings = {
    data: mkdtempSync(join(tmpdir(), 'deskhand-turned-away-')),
    store: { kind: 'sqlite' },
    identity: {
      providers: [
        { kind: 'local', id: 'office', displayName: 'Office', accountsFile },
        { kind: 'ldap', id: 'down', displayName: 'Down', ...down },
      ],
      attempts: { failures: 1, waitSeconds: 3600, protectedNetworks: [ADMINS] },
    },
  };
  api = await ApiServer.start(settings);
});
afterAll(() => api.remove());

const logIn = (username: string, password: string, address: string, provider = 'office') =>
  api.client().call('POST', '/api/v1/auth/login', { provider, username, password }, { 'x-forwarded-for': address });
const refusals = async (code: string) =>
  (await api.app.get(EventStore).readAll(0, 10_000))
    .filter(({ type, data }) => type === 'LoginRefused' && (data as { code: string }).code === code)
    .map(({ data }) => data as { times?: number; username: string });
async function history(): Promise<readonly { code?: string; times?: number }[]> {
  const { body } = await logIn('fry', 'fry', ADMINS);
  return (await Object.assign(api.client(), { token: body.accessToken }).call('GET', '/api/v1/me/logins')).body.items;
}

describe('a login that is turned away', () => {
  it('by a ban is one event, however often it is tried, and in the history of its user; how often is known when the time is over', async () => {
    expect((await logIn('fry', 'wrong', '192.0.2.1')).status).toBe(401);
    for (let count = 0; count < 30; count++) expect((await logIn('fry', 'fry', '192.0.2.1')).status).toBe(429);
    expect(await refusals('TOO_MANY_ATTEMPTS')).toHaveLength(1);
    expect((await history()).map(({ code }) => code)).toStrictEqual([undefined, 'TOO_MANY_ATTEMPTS', 'INVALID_CREDENTIALS']);
    await api.stop();
    api = await ApiServer.start(settings);
    expect(await history()).toMatchObject([{}, { code: 'TOO_MANY_ATTEMPTS', times: 29 }, {}, { code: 'TOO_MANY_ATTEMPTS' }, {}]);
  });

  it('by a directory that is down is written down, without its password', async () => {
    for (let count = 0; count < 5; count++) expect((await logIn('leela', 'hunter2', '192.0.2.2', 'down')).status).toBe(503);
    expect(await refusals('PROVIDER_UNAVAILABLE')).toMatchObject([{ username: 'leela' }]);
    await api.stop();
    api = await ApiServer.start(settings);
    expect(await refusals('PROVIDER_UNAVAILABLE')).toMatchObject([{ username: 'leela' }, { username: 'leela', times: 4 }]);
    expect(JSON.stringify(await api.app.get(EventStore).readAll(0, 10_000))).not.toContain('hunter2');
  });

  it('with ever other names fills no store', async () => {
    for (let name = 0; name < 10; name++) await logIn(`nobody ${name}`, 'x', '192.0.2.3');
    const before = (await refusals('TOO_MANY_ATTEMPTS')).length;
    for (let name = 0; name < 700; name++) expect((await logIn(`name ${name}`, 'x', '192.0.2.3')).status).toBe(429);
    expect((await refusals('TOO_MANY_ATTEMPTS')).length - before).toBeLessThanOrEqual(501);
  }, 60_000);
});
