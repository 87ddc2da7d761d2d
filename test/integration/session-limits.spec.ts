/** Logins that nobody is asked a name for have a bound of their own, and whoever is turned away hears why. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiServer } from '../support/api-server.js';

let api: ApiServer;
beforeAll(async () => {
  const guests = { kind: 'anonymous', displayName: 'Guests' };
  api = await ApiServer.start({
    identity: {
      providers: [
        { ...guests, id: 'guests', sessions: 6, sessionsPerAddress: 2 },
        { ...guests, id: 'visitors', sessionsPerAddress: 2 },
      ],
    },
  });
});
afterAll(() => api.remove());

const logIn = (address: string, provider = 'guests') =>
  api.client().call('POST', '/api/v1/auth/login', { provider }, { 'x-forwarded-for': address });
const count = async (logins: readonly ReturnType<typeof logIn>[]) =>
  (await Promise.all(logins)).filter(({ status }) => status === 200).length;

describe('anonymous users', () => {
  it('from one network are so many at most, also when all come at once', async () => {
    expect(await count(Array.from({ length: 20 }, () => logIn('198.51.100.1')))).toBe(2);
    const refused = await logIn('198.51.100.1');
    expect(refused).toMatchObject({ status: 429, body: { code: 'TOO_MANY_SESSIONS' } });
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(await count(Array.from({ length: 5 }, (_, host) => logIn(`2001:db8::${host + 1}`)))).toBe(2);
  });

  it('are so many at most in all, and another way of logging in goes on', async () => {
    expect(await count(Array.from({ length: 9 }, (_, host) => logIn(`203.0.113.${host + 1}`)))).toBe(2);
    expect((await logIn('203.0.113.99')).body).toMatchObject({ code: 'TOO_MANY_SESSIONS' });
    expect((await logIn('203.0.113.99', 'visitors')).status).toBe(200);
  });

  it('make room by logging out', async () => {
    const visitors = [await logIn('192.0.2.1', 'visitors'), await logIn('192.0.2.1', 'visitors')];
    const full = () => logIn('192.0.2.1', 'visitors');
    expect((await full()).body).toMatchObject({ code: 'TOO_MANY_SESSIONS' });
    const leaving = Object.assign(api.client(), { token: visitors[0]?.body.accessToken });
    expect((await leaving.call('POST', '/api/v1/auth/logout', {})).status).toBe(204);
    expect((await full()).status).toBe(200);
    expect((await full()).status).toBe(429);
  });
});
