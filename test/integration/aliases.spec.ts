/** Guessing at one user by several names that the directory knows them by, on a real slapd. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiServer } from '../support/api-server.js';
import { ADMIN, PEOPLE, Slapd } from '../support/slapd.js';

const ADMINS = '10.1.0.1';
const NAMES = ['fry', 'fry@planetexpress.com', 'Philip J. Fry'];
let slapd: Slapd;
let api: ApiServer;
beforeAll(async () => {
  slapd = await Slapd.start();
  const user = { base: PEOPLE, filter: '(|(uid={{username}})(mail={{username}})(cn={{username}}))' };
  const common = { kind: 'ldap', displayName: 'Directory', urls: [slapd.url], service: ADMIN };
  const bindDn = 'uid={{username}},ou=bindable,dc=planetexpress,dc=com';
  api = await ApiServer.start({
    identity: {
      providers: [
        { ...common, id: 'directory', user },
        { ...common, id: 'direct', user: { base: 'ou=bindable,dc=planetexpress,dc=com', bindDn } },
      ],
      attempts: { failures: 3, waitSeconds: 3600, protectedNetworks: [ADMINS] },
    },
  });
}, 60_000);
afterAll(async () => {
  await api?.remove();
  await slapd?.remove();
});

let addresses = 0;
const logIn = (username: string, password: string, address = `198.51.100.${++addresses}`, provider = 'directory') =>
  api.client().call('POST', '/api/v1/auth/login', { provider, username, password }, { 'x-forwarded-for': address });

describe('a user with several names', () => {
  it('is guessed at by two of them and no more, and the third tells neither whose it is nor that the password was right', async () => {
    for (const name of NAMES.slice(0, 2))
      for (let guess = 0; guess < 3; guess++) expect((await logIn(name, 'wrong')).body.code).toBe('INVALID_CREDENTIALS');
    const third = NAMES[2] ?? '';
    const [right, wrong] = [await logIn(third, 'fry'), await logIn(third, 'wrong')];
    expect({ ...right.body, traceId: '' }).toStrictEqual({ ...wrong.body, traceId: '' });
    expect(right).toMatchObject({ status: 401, body: { code: 'INVALID_CREDENTIALS' } });
    expect((await logIn('leela', 'leela')).status).toBe(200);
    const there = await logIn(third, 'fry', ADMINS);
    expect(there.status).toBe(200);
    const history = await Object.assign(api.client(), { token: there.body.accessToken }).call('GET', '/api/v1/me/logins');
    expect(history.body.items.map(({ code }: { code?: string }) => code).slice(0, 3)).toStrictEqual([
      undefined,
      'INVALID_CREDENTIALS',
      'TOO_MANY_ATTEMPTS',
    ]);
  });

  it('who binds directly sees failures in the history where a service account may look', async () => {
    expect((await logIn('fry', 'wrong', undefined, 'direct')).status).toBe(401);
    const { body } = await logIn('fry', 'fry', undefined, 'direct');
    const history = await Object.assign(api.client(), { token: body.accessToken }).call('GET', '/api/v1/me/logins');
    expect(history.body.items.map(({ code }: { code?: string }) => code)).toStrictEqual([undefined, 'INVALID_CREDENTIALS']);
  });
});
