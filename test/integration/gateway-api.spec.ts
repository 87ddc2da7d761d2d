/** What of a request gets to the control plane, and what comes back. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askedApi } from '../support/asked-api.js';
import { type GatewayRig, startGatewayRig } from '../support/gateway-rig.js';

const asked = askedApi();
const api = asked.listener;
const codeOf = (answer: { body: string }) => JSON.parse(answer.body).code as string;

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
    await expect.poll(() => asked.openStreams).toBe(0);
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
  const rig = await startGatewayRig(api);
  const broken = await rig.ask('/api/v1/broken');
  expect(codeOf(broken)).toBe('INTERNAL_ERROR');
  expect(broken.body).not.toContain('hunter2');
  await rig.close();
});
