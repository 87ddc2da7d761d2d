/** Logging in, staying logged in and logging out, over HTTP against the real control plane. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuthenticatedUser } from '#libs/common';
import { UserTokens } from '#libs/tokens';
import { ApiServer } from '../support/api-server.js';
import { eventually } from '../support/eventually.js';
import type { Answer, HttpClient } from '../support/http-client.js';

let api: ApiServer;
beforeAll(async () => {
  api = await ApiServer.start();
});
afterAll(() => api.remove());

/** Tests share a server, but not the address that failures are counted by. */
let addresses = 0;
const somewhere = () => ({ 'x-forwarded-for': `198.51.100.${++addresses}` });

const logIn = (username: string, password = username, headers: Record<string, string> = somewhere(), provider = 'office') =>
  api.client().call('POST', '/api/v1/auth/login', { provider, username, password }, headers);

async function loggedIn(username = 'fry'): Promise<HttpClient & { refreshToken: string }> {
  const { body } = await logIn(username);
  return Object.assign(api.client(), { token: body.accessToken as string, refreshToken: body.refreshToken as string });
}

const refresh = (refreshToken: string) => api.client().call('POST', '/api/v1/auth/refresh', { refreshToken });
const cookiesOf = ({ headers }: Answer) => headers.getSetCookie();
const cookieHeader = (answer: Answer) =>
  cookiesOf(answer)
    .map((cookie) => cookie.split(';')[0])
    .join('; ');

describe('a login', () => {
  it('answers with a token, the user, and cookies that no script reads', async () => {
    const answer = await logIn('hermes');
    expect(answer.status).toBe(200);
    expect(answer.body).toStrictEqual({
      accessToken: expect.any(String),
      tokenType: 'Bearer',
      expiresIn: 900,
      user: {
        id: expect.stringMatching(/^[a-z2-7]{26}$/),
        name: 'Hermes Conrad',
        provider: 'office',
        roles: ['admin'],
        labels: ['admin_staff'],
      },
      refreshToken: expect.stringMatching(/^[0-9a-f-]{36}\.[\w-]{43}$/),
    });
    expect(cookiesOf(answer)).toStrictEqual([
      expect.stringMatching(/^deskhand-user=[^;]+; Path=\/; Max-Age=900; HttpOnly; SameSite=Strict$/),
      expect.stringMatching(/^deskhand-refresh=[^;]+; Path=\/api\/v1\/auth; Max-Age=\d+; HttpOnly; SameSite=Strict$/),
    ]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('over https has cookies that only https sees', async () => {
    const cookies = cookiesOf(await logIn('fry', 'fry', { 'x-forwarded-proto': 'https' }));
    expect(cookies[0]).toMatch(/^__Host-deskhand-user=.*; Path=\/; .*; Secure$/);
    expect(cookies[1]).toMatch(/^__Host-deskhand-refresh=.*; Path=\/; .*; Secure$/);
  });

  it('of a browser keeps the refresh token out of the reach of its scripts', async () => {
    expect((await logIn('fry', 'fry', { origin: api.url })).body).not.toHaveProperty('refreshToken');
    expect((await logIn('fry', 'fry', { 'sec-fetch-site': 'same-origin' })).body).not.toHaveProperty('refreshToken');
  });

  it('of anonymous users makes a new user each time, whatever the caller sends', async () => {
    const sent = { provider: 'anonymous', username: 'fry', password: 'fry', attempt: randomUUID() };
    const anonymous = (headers: Record<string, string> = {}) => api.client().call('POST', '/api/v1/auth/login', sent, headers);
    const one = await anonymous();
    expect(one.body.user).toMatchObject({ provider: 'anonymous', labels: ['guest'], roles: [] });
    const same = { cookie: cookieHeader(one), authorization: `Bearer ${one.body.accessToken}`, origin: api.url };
    const [other, third] = await Promise.all([anonymous(same), anonymous(same)]);
    expect([other.status, third.status]).toStrictEqual([200, 200]);
    expect(new Set([one, other, third].map(({ body }) => body.user.id)).size).toBe(3);
    // A subject of their own is nothing that can be asked for.
    const chosen = await api.client().call('POST', '/api/v1/auth/login', { ...sent, subject: 'fry' });
    expect(chosen).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
  });

  it('has no way in that nobody configured, not even the anonymous one', async () => {
    const bare = await ApiServer.start({ identity: { providers: undefined } });
    try {
      expect((await bare.client().call('GET', '/api/v1/auth/providers')).body).toStrictEqual({ items: [] });
      for (const provider of ['anonymous', 'local', ''])
        expect([provider, (await bare.client().call('POST', '/api/v1/auth/login', { provider })).body.code]).toStrictEqual([
          provider,
          provider === '' ? 'INVALID_REQUEST' : 'UNKNOWN_PROVIDER',
        ]);
    } finally {
      await bare.remove();
    }
  });

  it.each([
    ['a wrong password', 'office', 'fry', 'wrong', 401, 'INVALID_CREDENTIALS'],
    ['an unknown name', 'office', 'nobody', 'fry', 401, 'INVALID_CREDENTIALS'],
    ['an empty password', 'office', 'fry', '', 401, 'INVALID_CREDENTIALS'],
    ['a name of 10 kB', 'office', 'x'.repeat(10_240), 'fry', 400, 'INVALID_REQUEST'],
    ['a password of 10 kB', 'office', 'fry', 'x'.repeat(10_240), 400, 'INVALID_REQUEST'],
    ['a name of a megabyte', 'office', 'x'.repeat(1_048_576), 'fry', 413, 'BODY_TOO_LARGE'],
    ['NUL in the password', 'office', 'fry', 'fry\0', 401, 'INVALID_CREDENTIALS'],
    ['a provider that is not there', 'nowhere', 'fry', 'fry', 400, 'UNKNOWN_PROVIDER'],
    ['a demonstration from another machine', 'planet-express', 'fry', 'fry', 403, 'LOOPBACK_ONLY'],
  ])('with %s is refused', async (_, provider, username, password, status, code) => {
    const answer = await logIn(username, password, somewhere(), provider);
    expect(answer).toMatchObject({ status, body: { status, code, traceId: answer.headers.get('x-trace-id') } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(cookiesOf(answer)).toStrictEqual([]);
  });

  it('of a demonstration works on the machine itself', async () => {
    expect((await logIn('fry', 'fry', {}, 'planet-express')).status).toBe(200);
  });

  it('answers an unknown name exactly as a wrong password', async () => {
    const strip = ({ body }: Answer) => ({ ...body, traceId: '' });
    expect(strip(await logIn('nobody', 'x'))).toStrictEqual(strip(await logIn('fry', 'x')));
  });

  it('has to wait after failures, and the wait is named', async () => {
    for (let count = 0; count < 5; count++) expect((await logIn('zoidberg', 'wrong')).status).toBe(401);
    const answer = await logIn('zoidberg');
    expect(answer).toMatchObject({ status: 429, body: { code: 'TOO_MANY_ATTEMPTS' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await logIn('amy')).status).toBe(200);
  });

  it('of 200 at once succeeds', async () => {
    const from = somewhere();
    // A machine that is too busy for all of them within the bound of the queue says when to come again.
    const patiently = async (): Promise<Answer> => {
      const answer = await logIn('leela', 'leela', from);
      if (answer.body.code !== 'TOO_MANY_REQUESTS') return answer;
      await pause(Number(answer.headers.get('retry-after')) * 1000);
      return patiently();
    };
    const answers = await Promise.all(Array.from({ length: 200 }, patiently));
    expect(answers.filter(({ status }) => status !== 200)).toStrictEqual([]);
    expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(200);
  }, 120_000);

  it('leaves no password and no token in what is stored', async () => {
    const { body } = await logIn('bender', 'bender');
    const { EventStore } = await import('#libs/event-sourcing');
    const stored = JSON.stringify(await api.app.get(EventStore).readAll(0, 10_000));
    expect(stored).not.toContain(body.accessToken);
    expect(stored).not.toContain(body.refreshToken.split('.')[1]);
    expect(stored).not.toContain('password');
  });
});

describe('renewing', () => {
  it('gives the next tokens for the last refresh token', async () => {
    const first = await loggedIn();
    const answer = await refresh(first.refreshToken);
    expect(answer).toMatchObject({ status: 200, body: { user: { name: 'Philip J. Fry' } } });
    expect(answer.body.refreshToken).not.toBe(first.refreshToken);
    expect((await refresh(answer.body.refreshToken)).status).toBe(200);
  });

  it('works by cookie, and then the body has no refresh token', async () => {
    const cookie = cookieHeader(await logIn('fry'));
    const answer = await api.client().call('POST', '/api/v1/auth/refresh', undefined, { cookie });
    expect(answer.status).toBe(200);
    expect(answer.body).not.toHaveProperty('refreshToken');
    expect(cookieHeader(answer)).toMatch(/deskhand-refresh=/);
    const me = await api.client().call('GET', '/api/v1/me', undefined, { cookie: cookieHeader(answer) });
    expect(me.body.name).toBe('Philip J. Fry');
  });

  it("with a second refresh cookie beside ours is refused, whichever comes first, and ends nobody's session", async () => {
    const [mine, planted] = [await logIn('fry'), await logIn('leela')];
    const cookies = [cookieHeader(mine), cookieHeader(planted).replace(/deskhand-user=[^;]+; /, '')];
    for (const pair of [cookies, cookies.toReversed()]) {
      const answer = await api.client().call('POST', '/api/v1/auth/refresh', undefined, { cookie: pair.join('; '), origin: api.url });
      expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    }
    for (const { body } of [mine, planted]) expect((await refresh(body.refreshToken)).status).toBe(200);
  });

  it('of two tabs at once lets both go on', async () => {
    const { refreshToken } = await loggedIn();
    const answers = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
    expect(answers.map(({ status }) => status)).toStrictEqual([200, 200]);
    const next = answers.flatMap(({ body }) => body.refreshToken ?? []);
    expect(next).toHaveLength(1);
    expect((await refresh(next[0])).status).toBe(200);
  });

  it('with a token that was used before ends the session, for everybody who has a part of it', async () => {
    const client = await loggedIn();
    const second = (await refresh(client.refreshToken)).body.refreshToken;
    const third = (await refresh(second)).body.refreshToken;
    expect(await refresh(client.refreshToken)).toMatchObject({ status: 401, body: { code: 'SESSION_ENDED' } });
    expect(await refresh(third)).toMatchObject({ status: 401, body: { code: 'SESSION_ENDED' } });
    expect(await client.call('GET', '/api/v1/me')).toMatchObject({ status: 401, body: { code: 'SESSION_ENDED' } });
  });

  it('with a forged token changes nothing', async () => {
    const client = await loggedIn();
    const forged = `${client.refreshToken.split('.')[0]}.${'A'.repeat(43)}`;
    expect(await refresh(forged)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect((await client.call('GET', '/api/v1/me')).status).toBe(200);
  });

  it.each(['', 'nonsense', '../../x', 'a.b.c'])('with %j is refused', async (token) =>
    expect(await refresh(token)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } }),
  );

  it('without any token is refused', async () =>
    expect((await api.client().call('POST', '/api/v1/auth/refresh', {})).body.code).toBe('UNAUTHENTICATED'));
});

describe('logging out', () => {
  it('refuses the tokens at once and takes the cookies away', async () => {
    const client = await loggedIn();
    const answer = await client.call('POST', '/api/v1/auth/logout', {});
    expect(answer.status).toBe(204);
    expect(cookiesOf(answer).every((cookie) => /^deskhand-\w+=; .*Max-Age=0;/.test(cookie))).toBe(true);
    expect(await client.call('GET', '/api/v1/me')).toMatchObject({ status: 401, body: { code: 'SESSION_ENDED' } });
    expect(await refresh(client.refreshToken)).toMatchObject({ status: 401, body: { code: 'SESSION_ENDED' } });
    expect((await client.call('POST', '/api/v1/auth/logout', {})).status).toBe(401);
  });

  it('works with the refresh cookie alone, as the user token lives only for minutes', async () => {
    const login = await logIn('fry');
    const [, refreshOnly = ''] = cookiesOf(login);
    const cookie = refreshOnly.split(';')[0] ?? '';
    expect((await api.client().call('POST', '/api/v1/auth/logout', {}, { cookie })).status).toBe(204);
    const client = Object.assign(api.client(), { token: login.body.accessToken });
    expect((await client.call('GET', '/api/v1/me')).status).toBe(401);
  });

  it('asks for the end of desktops without needing any', async () => {
    const client = await loggedIn('amy');
    expect((await client.call('POST', '/api/v1/auth/logout', { stopDesktop: true })).status).toBe(204);
  });
});

describe('a user token', () => {
  const user = async (): Promise<AuthenticatedUser> => ({
    ...(await loggedIn().then((client) => client.call('GET', '/api/v1/me'))).body,
    subject: 'planetexpress-fry',
    sessionId: crypto.randomUUID(),
  });
  const me = (authorization: string) => api.client().call('GET', '/api/v1/me', undefined, { authorization });
  const tokens = () => api.app.get(UserTokens, { strict: false });

  it('is refused when it has expired', async () => {
    const { token } = await tokens().issue(await user(), new Date(Date.now() - 3_600_000));
    expect((await me(`Bearer ${token}`)).body.code).toBe('UNAUTHENTICATED');
  });

  it('is refused when its session never was', async () => {
    const { token } = await tokens().issue(await user());
    expect((await me(`Bearer ${token}`)).body.code).toBe('SESSION_ENDED');
  });

  it('is refused when a byte of it was changed', async () => {
    const { token = '' } = await loggedIn();
    const [head, body = '', signature] = token.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, roles: ['admin'] })).toString('base64url');
    expect((await me(`Bearer ${head}.${forged}.${signature}`)).body.code).toBe('UNAUTHENTICATED');
  });

  it.each(['', 'Bearer', 'Bearer ', 'Basic ZnJ5OmZyeQ==', 'Bearer a.b.c', `Bearer ${'x'.repeat(8000)}`])(
    'is not %j',
    async (authorization) => expect(await me(authorization)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } }),
  );

  it('in a header counts more than the cookie', async () => {
    const cookie = cookieHeader(await logIn('fry'));
    const answer = await api.client().call('GET', '/api/v1/me', undefined, { cookie, authorization: 'Bearer wrong' });
    expect(answer.status).toBe(401);
  });

  it('is found beside a cookie that another site planted', async () => {
    const cookie = `deskhand-user=planted; ${cookieHeader(await logIn('fry'))}`;
    expect((await api.client().call('GET', '/api/v1/me', undefined, { cookie })).status).toBe(200);
  });
});

describe('own sessions', () => {
  it('are listed, and each can be ended', async () => {
    const here = await loggedIn('professor');
    const there = await loggedIn('professor');
    const { body } = await here.call('GET', '/api/v1/me/sessions');
    expect(body.items).toHaveLength(2);
    expect(body.items[1]).toMatchObject({
      current: true,
      address: expect.stringMatching(/^198\.51\.100\./),
      userAgent: expect.any(String),
    });
    expect((await here.call('DELETE', `/api/v1/me/sessions/${body.items[0].id}`)).status).toBe(204);
    expect((await there.call('GET', '/api/v1/me')).body.code).toBe('SESSION_ENDED');
    expect((await here.call('GET', '/api/v1/me/sessions')).body.items).toHaveLength(1);
  });

  it('do not include those of others, which are not even found', async () => {
    const fry = await loggedIn('fry');
    const leela = await loggedIn('leela');
    const { body } = await leela.call('GET', '/api/v1/me/sessions?limit=1');
    const answer = await fry.call('DELETE', `/api/v1/me/sessions/${body.items[0].id}`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect((await leela.call('GET', '/api/v1/me')).status).toBe(200);
  });

  it.each(['nonsense', crypto.randomUUID(), '%00', '..%2f..'])('are not called %s', async (id) => {
    expect((await (await loggedIn()).call('DELETE', `/api/v1/me/sessions/${id}`)).status).toBe(404);
  });

  it('come in pages', async () => {
    const client = await loggedIn('leela');
    const first = (await client.call('GET', '/api/v1/me/sessions?limit=2')).body;
    const next = (await client.call('GET', `/api/v1/me/sessions?limit=2&cursor=${first.nextCursor}`)).body;
    const ids = [...first.items, ...next.items].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(await client.call('GET', '/api/v1/me/sessions?cursor=nonsense')).toMatchObject({
      status: 400,
      body: { fields: { cursor: expect.any(String) } },
    });
  });
});

describe('the login history', () => {
  it('has own logins, good and bad, the newest first, in pages', async () => {
    const earlier = (await (await loggedIn('hermes')).call('GET', '/api/v1/me/logins')).body.items;
    await logIn('hermes', 'wrong');
    await logIn('nobody', 'wrong');
    const client = await loggedIn('hermes');
    const { body } = await client.call('GET', '/api/v1/me/logins');
    expect(body.items).toHaveLength(earlier.length + 2);
    expect(body.items.slice(0, 2)).toMatchObject([{ outcome: 'success' }, { outcome: 'failure', code: 'INVALID_CREDENTIALS' }]);
    const page = (await client.call('GET', '/api/v1/me/logins?limit=1')).body;
    const next = (await client.call('GET', `/api/v1/me/logins?limit=200&cursor=${page.nextCursor}`)).body;
    expect([...page.items, ...next.items]).toStrictEqual(body.items);
    expect(next).not.toHaveProperty('nextCursor');
  });

  it.each(['limit=0', 'limit=201', 'limit=x', 'limit=1.5', 'limit=1&limit=2', 'cursor=x', 'other=1'])('refuses ?%s', async (query) => {
    const answer = await (await loggedIn()).call('GET', `/api/v1/me/logins?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST', fields: expect.any(Object) } });
  });
});

describe('a session', () => {
  it('lapses when it is not renewed', async () => {
    const short = await ApiServer.start({ identity: { session: { accessTokenSeconds: 60, idleSeconds: 1, absoluteSeconds: 60 } } });
    try {
      const client = short.client();
      await client.logIn('fry');
      await eventually(async () => expect((await client.call('GET', '/api/v1/me')).body.code).toBe('SESSION_ENDED'));
    } finally {
      await short.remove();
    }
  });

  it('and the login history outlive the server', async () => {
    const before = await ApiServer.start({ store: { kind: 'sqlite' } });
    const client = before.client();
    const { refreshToken } = (await client.logIn('fry')).body;
    const data = await before.stop();
    const after = await ApiServer.start({ store: { kind: 'sqlite' }, data });
    try {
      const again = Object.assign(after.client(), { token: client.token });
      expect((await again.call('GET', '/api/v1/me/logins')).body.items).toHaveLength(1);
      expect((await again.call('POST', '/api/v1/auth/refresh', { refreshToken })).status).toBe(200);
    } finally {
      await after.remove();
    }
  });
});
