/** What the gateway lets through to the control plane and what it refuses: names, origins, sizes, and requests that are none. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway, DenyList } from '#apps/gateway';
import { type GatewayRig, startGatewayRig, writeWebsite } from '../support/gateway-rig.js';

let website: string;
let rig: GatewayRig;
beforeAll(async () => {
  website = await mkdtemp(join(tmpdir(), 'deskhand-website-'));
  await writeWebsite(website, { 'index.html': '<!doctype html><title>Deskhand</title>' });
  rig = await startGatewayRig(api, { website: { folder: website }, allowedHosts: ['desk.example'] });
});
afterAll(async () => {
  await rig.close();
  await rm(website, { recursive: true, force: true });
});

/** Answers with what it was asked; `/api/v1/stream` says one word, then waits for the end. */
const api: RequestListener = (request, response) => {
  if (request.url === '/api/v1/stream') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: one\n\n');
    openStreams += 1;
    response.on('close', () => {
      openStreams -= 1;
    });
    return;
  }
  if (request.url === '/api/v1/broken') throw new Error('oops, hunter2');
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] });
    response.end(
      JSON.stringify({ method: request.method, url: request.url, headers: request.headers, bytes: Buffer.concat(pieces).length }),
    );
  });
};

let openStreams = 0;
const codeOf = (answer: { body: string }) => JSON.parse(answer.body).code as string;
const rawCode = (text: string) => /"code":"([A-Z_]+)"/.exec(text)?.[1];

const never = undefined as never;

describe.each(['in this process', 'in another process'])('an api %s', (where) => {
  let side: GatewayRig;
  const server = createServer(api);
  beforeAll(async () => {
    if (where === 'in this process') side = await startGatewayRig(api);
    else {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      side = await startGatewayRig(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    }
  });
  afterAll(async () => {
    await side.close();
    server.closeAllConnections();
    server.close();
  });

  it('gets the request as it is, and its answer comes back with all its cookies', async () => {
    const { status, headers, body } = await side.ask('/api/v1/things?x=%2F', {
      method: 'POST',
      body: '{"a":1}',
      headers: { cookie: 'c=1' },
    });
    expect(status).toBe(200);
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(JSON.parse(body)).toMatchObject({ method: 'POST', url: '/api/v1/things?x=%2F', bytes: 7, headers: { cookie: 'c=1' } });
    for (const path of ['/healthz', '/readyz', '/.well-known/jwks.json']) expect((await side.ask(path)).status).toBe(200);
  });

  it('is told by us who the client is, and never by the client', async () => {
    const forged = {
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-proto': 'https',
      forwarded: 'for=1.2.3.4',
      'x-trace-id': 'mine',
      'x-deskhand-user': 'root',
      'x-real-ip': '1.2.3.4',
    };
    const answer = await side.ask('/api/v1/x', { headers: forged });
    const seen = JSON.parse(answer.body).headers as IncomingHttpHeaders;
    expect(seen).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': `127.0.0.1:${side.port}`,
      'x-trace-id': answer.headers['x-trace-id'],
    });
    for (const name of ['forwarded', 'x-deskhand-user', 'x-real-ip']) expect(seen).not.toHaveProperty(name);
  });

  it('lets headers that rules trust through from listed proxies only', async () => {
    const options = { proxyHeaders: ['x-tier'] };
    const [open, behind] = [await startGatewayRig(api, options), await startGatewayRig(api, { ...options, trustedProxies: ['127.0.0.1'] })];
    const seen = async (one: GatewayRig) =>
      JSON.parse((await one.ask('/api/v1/x', { headers: { 'X-Tier': 'gold', 'x-other': 'o' } })).body).headers;
    expect(await seen(behind)).toMatchObject({ 'x-tier': 'gold', 'x-other': 'o' });
    expect(await seen(open)).not.toHaveProperty('x-tier');
    expect(await seen(open)).toMatchObject({ 'x-other': 'o' });
    await Promise.all([open.close(), behind.close()]);
  });

  it('streams: an event arrives while the stream is open, and the upstream learns that the client left', async () => {
    const socket = connect(side.port, '127.0.0.1', () => socket.write('GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n'));
    let text = '';
    for await (const piece of socket) {
      text += piece;
      if (text.includes('data: one')) break;
    }
    expect(text).toContain('text/event-stream');
    socket.destroy();
    await expect.poll(() => openStreams).toBe(0);
  });

  it('never gets a body beyond the limit, announced or not', async () => {
    const big = Buffer.alloc(1024 * 1024 + 1, 'x');
    const announced = await side.ask('/api/v1/x', { method: 'POST', body: big });
    expect([announced.status, codeOf(announced)]).toEqual([413, 'BODY_TOO_LARGE']);
    const chunked = await side.ask('/api/v1/x', { method: 'POST', body: big, headers: { 'transfer-encoding': 'chunked' } });
    expect([chunked.status, codeOf(chunked)]).toEqual([413, 'BODY_TOO_LARGE']);
    const most = big.subarray(1);
    const chunkedMost = await side.ask('/api/v1/x', { method: 'POST', body: most, headers: { 'transfer-encoding': 'chunked' } });
    expect(JSON.parse(chunkedMost.body).bytes).toBe(most.length);
  });
});

it('an api that is not there is 502, one that throws is 500 without a word of why', async () => {
  const down = await startGatewayRig(new URL('http://127.0.0.1:1'));
  expect(codeOf(await down.ask('/api/v1/x'))).toBe('UPSTREAM_UNAVAILABLE');
  await down.close();
  const broken = await rig.ask('/api/v1/broken');
  expect(codeOf(broken)).toBe('INTERNAL_ERROR');
  expect(broken.body).not.toContain('hunter2');
});

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
  it.each(cases)('%s: %d', async (host, status) => expect((await rig.ask('/', { headers: { host } })).status).toBe(status));

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

describe('what is no proper request', () => {
  const cases: [string, string, string][] = [
    ['garbage', 'hello\r\n\r\n', 'INVALID_REQUEST'],
    [
      'the absolute form of proxies',
      'GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      'INVALID_REQUEST',
    ],
    ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n', 'INVALID_REQUEST'],
    ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 'INVALID_REQUEST'],
    ['TRACE', 'TRACE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 'METHOD_NOT_ALLOWED'],
    ['a backslash', 'GET /a\\b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 'INVALID_REQUEST'],
    ['a long address', `GET /${'a'.repeat(5000)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`, 'URL_TOO_LONG'],
    ['large headers', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 'HEADERS_TOO_LARGE'],
    ['two lengths', 'POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 'INVALID_REQUEST'],
    [
      'length and chunks',
      'POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'INVALID_REQUEST',
    ],
    ['a header with a blank before its colon', 'GET / HTTP/1.1\r\nHost : localhost\r\n\r\n', 'INVALID_REQUEST'],
    ['an upgrade elsewhere', 'GET /api/v1/x HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 'NOT_FOUND'],
  ];
  it.each(cases)('%s', async (_, text, code) => {
    const answer = await rig.raw(text);
    expect(rawCode(answer)).toBe(code);
    expect(answer).toContain('x-trace-id: ');
  });

  it('a bad chunk in a body closes the connection, and the gateway goes on', async () => {
    await rig.raw('POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nboo\r\n');
    expect((await rig.ask('/')).status).toBe(200);
  });

  it('an upgrade behind a request that is not answered yet closes the connection: its answer would run into the other', async () => {
    const upgrade = 'GET /d/x/display HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    const answer = await rig.raw(`GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n${upgrade}`);
    expect(answer).not.toContain('DESKTOP_TOKEN_INVALID');
  });

  it('an upgrade to something else than a WebSocket is an ordinary request', async () => {
    const answer = await rig.raw('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
  });
});

describe('bounds', () => {
  it('a request that trickles in is ended', async () => {
    const strict = await startGatewayRig(api, { limits: { headersMs: 200, requestMs: 400 } });
    expect(rawCode(await strict.raw('GET / HTTP/1.1\r\nHost: loc'))).toBe('REQUEST_TIMED_OUT');
    await strict.raw('POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc');
    await strict.close();
  });

  it.each([{ connectionsPerAddress: 2 }, { connections: 2 }])(
    'connections beyond %o are turned away, and places become free again',
    async (limits) => {
      const strict = await startGatewayRig(api, { limits });
      const held = [connect(strict.port, '127.0.0.1'), connect(strict.port, '127.0.0.1')];
      await Promise.all(held.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
      expect(rawCode(await strict.raw(''))).toBe('TOO_MANY_CONNECTIONS');
      for (const socket of held) socket.destroy();
      await expect.poll(async () => (await strict.ask('/healthz').catch(() => undefined))?.status).toBe(200);
      await strict.close();
    },
  );

  it('closing ends streams that are open, within its bound', async () => {
    const closing = await startGatewayRig(api, { limits: { closeMs: 100 } });
    const stream = closing.raw('GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await expect.poll(() => openStreams).toBe(1);
    await closing.close();
    await stream;
    await expect(closing.ask('/')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('a port that is taken, or an address that is not ours, is one clear sentence', async () => {
    const options = { upstreams: { api }, tokens: never, denyList: new DenyList(), allowedHosts: [], trustedProxies: [] };
    const second = await createGateway({ ...options, targets: { loopback: true }, logger: never });
    await expect(second.listen(rig.port, '127.0.0.1')).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      detail: `Port ${rig.port} of 127.0.0.1 is taken by another program.`,
    });
    // Of a network for documents, which no machine has.
    await expect(second.listen(0, '192.0.2.1')).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      detail: '192.0.2.1 is no address of this machine: nothing can listen there.',
    });
  });
});
