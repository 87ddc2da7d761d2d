/** Requests that are none, and the bounds of what is open. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway, DenyList } from '#apps/gateway';
import { askedApi } from '../support/asked-api.js';
import { type GatewayRig, startGatewayRig } from '../support/gateway-rig.js';

const asked = askedApi();
const api = asked.listener;
const rawCode = (text: string) => /"code":"([A-Z_]+)"/.exec(text)?.[1];
const never = undefined as never;

let rig: GatewayRig;
beforeAll(async () => {
  rig = await startGatewayRig(api);
});
afterAll(() => rig.close());

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
    expect((await rig.ask('/api/v1/x')).status).toBe(200);
  });

  it('an upgrade behind a request that is not answered yet closes the connection: its answer would run into the other', async () => {
    const upgrade = 'GET /d/x/display HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    const answer = await rig.raw(`GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n${upgrade}`);
    expect(answer).not.toContain('DESKTOP_TOKEN_INVALID');
  });

  it('an upgrade to something else than a WebSocket is an ordinary request', async () => {
    const answer = await rig.raw('GET /api/v1/x HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n');
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
    await expect.poll(() => asked.openStreams).toBe(1);
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
