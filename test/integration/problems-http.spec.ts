/** Bad input over HTTP: each has its typed error, and the server goes on. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ApiServer } from '../support/api-server.js';

let api: ApiServer;
beforeAll(async () => {
  api = await ApiServer.start();
});
afterAll(() => api.remove());
afterEach(async () => {
  expect((await api.client().call('GET', '/healthz')).body).toStrictEqual({ status: 'ok' });
});

const login = (body: unknown, headers: Record<string, string> = {}) => api.client().call('POST', '/api/v1/auth/login', body, headers);

describe('a body', () => {
  it.each([
    ['is cut off', '{"provider": "off', 'MALFORMED_BODY'],
    ['is a list', '[{"provider": "office"}]', 'MALFORMED_BODY'],
    ['is a word', '"office"', 'MALFORMED_BODY'],
    ['is null', 'null', 'MALFORMED_BODY'],
    ['is nothing but blanks', '   ', 'MALFORMED_BODY'],
  ])('that %s is refused', async (_, body, code) => expect(await login(body)).toMatchObject({ status: 400, body: { code } }));

  it('that is nested without end is refused', async () => {
    expect((await login(`{"provider":${'['.repeat(30_000)}`)).status).toBe(400);
    expect((await login(`{"provider":${'['.repeat(30_000)}${']'.repeat(30_000)}}`)).status).toBe(400);
  });

  it('of 1 MiB is refused', async () =>
    expect(await login({ provider: 'x'.repeat(1 << 20) })).toMatchObject({ status: 413, body: { code: 'BODY_TOO_LARGE' } }));

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonp'])(
    'as %s is refused',
    async (type) =>
      expect(await login('{}', { 'content-type': type })).toMatchObject({ status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' } }),
  );

  it('in an unknown encoding is refused', async () => {
    expect((await login('{}', { 'content-encoding': 'rot13' })).status).toBe(415);
    expect((await login('{}', { 'content-type': 'application/json; charset=klingon' })).status).toBe(415);
  });

  it('with unknown fields is refused, each named', async () => {
    const { status, body } = await login({ provider: 'office', username: 'fry', password: 'fry', admin: true, roles: ['admin'] });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'INVALID_REQUEST', fields: { admin: 'is not known', roles: 'is not known' } });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('with a field called %s is refused', async (field) => {
    const { status, body } = await login(`{"provider": "office", "${field}": {"isAdmin": true}}`);
    expect(status).toBe(400);
    expect(Object.getOwnPropertyNames(body.fields)).toStrictEqual([field]);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it.each([
    [{ provider: 5 }, 'provider'],
    [{ provider: null }, 'provider'],
    [{}, 'provider'],
    [{ provider: 'office', username: { $ne: '' }, password: 'fry' }, 'username'],
    [{ provider: 'office', username: ['fry'], password: 'fry' }, 'username'],
    [{ provider: 'office', username: 'fry', password: 5 }, 'password'],
    [{ provider: 'office', username: 'fry' }, 'password'],
    [{ provider: 'office', username: null, password: 'fry' }, 'username'],
    [{ provider: 'office', username: 'x'.repeat(257), password: 'fry' }, 'username'],
    [{ provider: 'office', username: 'fry', password: 'fry', attempt: 'not-a-uuid' }, 'attempt'],
  ])('%j is refused for its %s', async (body, field) =>
    expect(await login(body)).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST', fields: { [field]: expect.any(String) } } }),
  );
});

describe('an address', () => {
  it('that is not there is 404', async () =>
    expect(await api.client().call('GET', '/api/v1/nowhere')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } }));

  it('that takes other methods names them', async () => {
    const answer = await api.client().call('PATCH', '/api/v1/auth/login', {});
    expect(answer).toMatchObject({ status: 405, body: { code: 'METHOD_NOT_ALLOWED' } });
    expect(answer.headers.get('allow')).toBe('POST');
  });

  it('with a broken escape is refused', async () => expect((await api.client().call('GET', '/api/v1/me/%E0%A4%A')).status).toBe(400));

  it.each(['/api/v1/me', '/api/v1/me/sessions', '/api/v1/me/logins', '/api/v1/profiles', '/api/v1/applications'])(
    '%s is closed to strangers',
    async (path) => {
      const answer = await api.client().call('GET', path);
      expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    },
  );
});

describe('every answer', () => {
  it('carries the trace id that the gateway gave', async () => {
    const answer = await api.client().call('GET', '/api/v1/me', undefined, { 'x-trace-id': 'trace-0123456789' });
    expect(answer.headers.get('x-trace-id')).toBe('trace-0123456789');
    expect(answer.body.traceId).toBe('trace-0123456789');
  });

  it.each(['short', 'with blanks in it', 'x'.repeat(65), '<script>alert(1)</script>'])('does not carry %j', async (given) => {
    const answer = await api.client().call('GET', '/healthz', undefined, { 'x-trace-id': given });
    expect(answer.headers.get('x-trace-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is neither cached nor says what made it', async () => {
    const { headers } = await api.client().call('GET', '/api/v1/auth/providers');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.has('x-powered-by')).toBe(false);
    expect(headers.has('etag')).toBe(false);
  });
});

describe('the server goes on', () => {
  it('after a client that leaves in the middle of its body', async () => {
    const { hostname, port } = new URL(api.url);
    const half = request({
      hostname,
      port,
      method: 'POST',
      path: '/api/v1/auth/login',
      headers: { 'content-type': 'application/json', 'content-length': 100 },
    });
    half.on('error', () => {});
    half.write('{"provider"');
    await new Promise((resolve) => setTimeout(resolve, 50));
    half.destroy();
  });

  it('after bytes that are no HTTP', async () => {
    const { hostname, port } = new URL(api.url);
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.end('\x16\x03\x01\x02\x00RFB 003.008\n'));
      socket.on('close', () => resolve()).on('error', reject);
      socket.resume();
    });
  });
});

describe('what the api says about itself', () => {
  it('lists the providers, and which are for demonstrations', async () => {
    expect((await api.client().call('GET', '/api/v1/auth/providers')).body.items).toStrictEqual([
      {
        id: 'planet-express',
        kind: 'local',
        displayName: 'Planet Express',
        demo: true,
        demoAccounts: ['fry', 'leela', 'bender', 'professor', 'hermes', 'zoidberg', 'amy'],
      },
      { id: 'office', kind: 'local', displayName: 'Office' },
      { id: 'anonymous', kind: 'anonymous', displayName: 'Anonymous' },
    ]);
  });

  it('is ready', async () => expect(await api.client().call('GET', '/readyz')).toMatchObject({ status: 200, body: { status: 'ok' } }));

  it('has public keys and nothing else in its key set', async () => {
    const { keys } = (await api.client().call('GET', '/.well-known/jwks.json')).body;
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(Object.keys(key).sort()).toStrictEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
  });

  it('describes every route in OpenAPI', async () => {
    const { paths } = (await api.client().call('GET', '/api/v1/openapi.json')).body;
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/api/v1/auth/login', '/api/v1/me/logins', '/api/v1/desktops/{id}', '/readyz']),
    );
  });
});
