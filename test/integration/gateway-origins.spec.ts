/** Who may ask for what: host names, writes and reads of other sites, and whose word on the client counts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askedApi } from '../support/asked-api.js';
import { type GatewayRig, startGatewayRig } from '../support/gateway-rig.js';

const api = askedApi().listener;
const rawCode = (text: string) => /"code":"([A-Z_]+)"/.exec(text)?.[1];

let rig: GatewayRig;
beforeAll(async () => {
  rig = await startGatewayRig(api, { allowedHosts: ['desk.example'] });
});
afterAll(() => rig.close());

describe('host names', () => {
  const cases: [string, number][] = [
    ['localhost', 200],
    ['LOCALHOST:8080', 200],
    ['127.0.0.1:99', 200],
    ['127.3.2.1', 200],
    ['[::1]:8080', 200],
    ['desk.example', 200],
    ['desk.example:444', 200],
    ['evil.example', 421],
    ['desk.example.evil.example', 421],
    ['localhost.evil.example', 421],
    ['10.0.0.1', 421],
    ['[::2]', 421],
    ['desk.example@evil.example', 400],
    ['desk example', 400],
  ];
  it.each(cases)('%s: %d', async (host, status) => expect((await rig.ask('/api/v1/x', { headers: { host } })).status).toBe(status));

  it('have to be there, once', async () => {
    expect(rawCode(await rig.raw('GET / HTTP/1.1\r\nConnection: close\r\n\r\n'))).toBe('INVALID_REQUEST');
    expect(rawCode(await rig.raw('GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n'))).toBe(
      'INVALID_REQUEST',
    );
  });
});

describe('writes', () => {
  const post = (headers: Record<string, string>) =>
    rig.ask('/api/v1/x', { method: 'POST', headers: { host: 'localhost:8080', ...headers } });
  const cases: [Record<string, string>, number][] = [
    [{}, 200],
    [{ origin: 'http://localhost:8080' }, 200],
    [{ origin: 'https://localhost:8080' }, 403],
    [{ origin: 'http://localhost:8081' }, 403],
    [{ origin: 'http://localhost' }, 403],
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: '' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    // A proxy that is not listed cannot change what the origin is.
    [{ origin: 'https://desk.example', 'x-forwarded-host': 'desk.example', 'x-forwarded-proto': 'https' }, 403],
  ];
  it.each(cases)('with %o: %d', async (headers, status) => expect((await post(headers)).status).toBe(status));
  it('of another site are refused whatever mode the browser says', async () => {
    for (const mode of ['no-cors', 'cors', 'navigate', 'same-origin', 'websocket'])
      expect((await post({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': mode, 'content-type': 'text/plain' })).status).toBe(403);
  });
  it('on the way back from a provider are guarded by the state instead', async () => {
    const headers = { origin: 'https://provider.example', 'sec-fetch-site': 'cross-site' };
    const ask = (path: string) => rig.ask(path, { method: 'POST', headers });
    expect((await ask('/api/v1/auth/oauth/google/callback?state=x')).status).toBe(200);
    for (const path of [
      '/api/v1/auth/oauth/google',
      '/api/v1/auth/oauth/google/callback/x',
      '/api/v1/auth/login',
      '/api/v1/auth/oauth//callback',
    ])
      expect([path, (await ask(path)).status]).toEqual([path, 403]);
  });
});

describe('reading', () => {
  const fetched = (site: string, mode: string, dest: string) => ({
    'sec-fetch-site': site,
    'sec-fetch-mode': mode,
    'sec-fetch-dest': dest,
  });
  const cases: [string, Record<string, string>, number][] = [
    ['/api/v1/me', fetched('same-origin', 'cors', 'empty'), 200],
    ['/api/v1/me', fetched('none', 'navigate', 'document'), 200],
    ['/api/v1/auth/oauth/google', fetched('same-origin', 'navigate', 'document'), 200],
    // Led here by another page, such as a mail's or a provider's.
    ['/api/v1/auth/oauth/google/callback', fetched('cross-site', 'navigate', 'document'), 200],
    ['/api/v1/openapi.json', fetched('cross-site', 'navigate', 'document'), 200],
    ['/api/v1/me', fetched('cross-site', 'no-cors', 'script'), 403],
    ['/api/v1/me', fetched('cross-site', 'cors', 'empty'), 403],
    ['/api/v1/me', fetched('cross-site', 'navigate', 'iframe'), 403],
    ['/api/v1/auth/oauth/google', fetched('cross-site', 'no-cors', 'image'), 403],
    // A sibling host of the domain: even Strict cookies go along.
    ['/api/v1/me', fetched('same-site', 'cors', 'empty'), 403],
    [`/d/${'a'.repeat(26)}/windows`, fetched('same-site', 'no-cors', 'image'), 403],
  ];
  it.each(cases)('%s for %o: %d', async (path, headers, status) => expect((await rig.ask(path, { headers })).status).toBe(status));
  it('is no matter of the origin', async () =>
    expect((await rig.ask('/api/v1/x', { headers: { origin: 'http://evil.example' } })).status).toBe(200));
});

describe('behind a listed proxy', () => {
  let behind: GatewayRig;
  beforeAll(async () => {
    behind = await startGatewayRig(api, { trustedProxies: ['127.0.0.1', '10.0.0.0/8'], allowedHosts: ['desk.example'] });
  });
  afterAll(() => behind.close());

  it('name, protocol and address are those of the browser; of the addresses only what our proxies wrote counts', async () => {
    const headers = {
      host: 'gateway.internal',
      origin: 'https://desk.example',
      'x-forwarded-host': 'desk.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '6.6.6.6, 203.0.113.9, 10.1.2.3',
    };
    const { status, body } = await behind.ask('/api/v1/x', { method: 'POST', headers });
    expect(status).toBe(200);
    expect(JSON.parse(body).headers).toMatchObject({
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'desk.example',
    });
  });
});
