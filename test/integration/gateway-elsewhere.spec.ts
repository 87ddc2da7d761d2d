/** A gateway on another machine, on no list: the control plane takes its word on who the client is, and nobody else's. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { GATEWAY_HEADER, gatewayPass, KeyRing } from '#libs/tokens';
import { HttpUpstreams } from '../../apps/gateway/src/upstream/http-upstreams.js';
import { ApiServer } from '../support/api-server.js';
import { type GatewayRig, startGatewayRig } from '../support/gateway-rig.js';
import { HttpClient } from '../support/http-client.js';
import { outerAddress } from '../support/outer-address.js';

const outside = outerAddress();
if (!outside && process.env.CI) throw new Error('this machine has no address but loopback');

const LIMITS = { connectMs: 5_000, upstreamAnswerMs: 60_000 };
const PROXY = '127.0.0.1';
const FAILURES = 2;
let api: ApiServer;
let gateway: GatewayRig;
beforeAll(async () => {
  if (!outside) return;
  api = await ApiServer.start({
    host: outside,
    identity: {
      attempts: { failures: FAILURES, waitSeconds: 3600, protectedNetworks: ['203.0.113.0/24'] },
      rules: [{ name: 'gold', conditions: [{ header: { name: 'X-Tier', equals: 'gold' } }], labels: ['gold'] }],
    },
    more: { http: { trustedProxies: [PROXY] } },
  });
  const pass = gatewayPass(api.app.get(KeyRing, { strict: false }).lineSecret);
  const upstream = new HttpUpstreams([new URL(api.url)], { limits: LIMITS, withCredentials: true, pass });
  gateway = await startGatewayRig(upstream, { trustedProxies: [PROXY], proxyHeaders: ['x-tier'] });
});
afterAll(async () => {
  await gateway?.close();
  await api?.remove();
});

const logIn = (url: string, headers: Record<string, string>, password = 'fry', username = 'fry') =>
  new HttpClient(url).call('POST', '/api/v1/auth/login', { provider: 'office', username, password }, headers);
const through = () => `http://127.0.0.1:${gateway.port}`;
const seen = async (token: string) => {
  const { body } = await new HttpClient(api.url).call('GET', '/api/v1/me/sessions', undefined, { authorization: `Bearer ${token}` });
  return body.items.map(({ address }: { address: string }) => address).sort();
};

describe.skipIf(!outside)('a gateway that is on no list', () => {
  it('says who the client is, which line it came on, and what listed proxies say of it', async () => {
    const headers = {
      'x-forwarded-for': '6.6.6.6, 198.51.100.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'localhost',
      'x-tier': 'gold',
    };
    const { status, body, headers: answer } = await logIn(through(), headers);
    expect([status, body.user.labels]).toStrictEqual([200, expect.arrayContaining(['gold'])]);
    expect(await seen(body.accessToken)).toStrictEqual(['198.51.100.1']);
    expect(answer.get('set-cookie')).toMatch(/__Host-deskhand/);
    await new HttpClient(api.url).call('POST', '/api/v1/auth/logout', {}, { authorization: `Bearer ${body.accessToken}` });
  });

  it('keeps its users apart: whoever fails too often is banned, and nobody else behind it', async () => {
    const guess = (address: string, n: number) => logIn(through(), { 'x-forwarded-for': address }, 'wrong', `guess-${address}-${n}`);
    for (let n = 0; n < FAILURES * 10; n++) await guess('198.51.100.66', n);
    expect((await logIn(through(), { 'x-forwarded-for': '198.51.100.66' })).status).toBe(429);
    expect((await logIn(through(), { 'x-forwarded-for': '198.51.100.67' })).status).toBe(200);
    for (let n = 0; n < FAILURES * 10; n++) await guess('203.0.113.7', n);
    expect((await logIn(through(), { 'x-forwarded-for': '203.0.113.7' })).status).toBe(200);
  }, 60_000);

  it('is not whoever says so: forged headers count for nothing without its pass', async () => {
    const pass = gatewayPass(api.app.get(KeyRing, { strict: false }).lineSecret);
    const forged = { 'x-forwarded-for': '198.51.100.9', 'x-forwarded-proto': 'https', 'x-tier': 'gold' };
    for (const shown of [undefined, '', 'A'.repeat(pass.length), `${pass},${pass}`, pass.slice(0, -1)]) {
      const answer = await logIn(api.url, { ...forged, ...(shown === undefined ? {} : { [GATEWAY_HEADER]: shown }) }, 'leela', 'leela');
      expect([shown, answer.status, answer.body.user.labels]).toStrictEqual([shown, 200, ['ship_crew']]);
      expect(answer.headers.get('set-cookie')).not.toMatch(/__Host-/);
      expect(new Set(await seen(answer.body.accessToken))).toStrictEqual(new Set([outside]));
    }
  });
});

describe('the pass of a gateway', () => {
  let server: Server;
  const asked: IncomingHttpHeaders[] = [];
  const listener: RequestListener = ({ headers }, response) => {
    asked.push(headers);
    response.end('{}');
  };
  beforeAll(async () => {
    server = createServer(listener);
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => void server.close());

  it('is shown to the control plane alone, and what a client shows in its place goes nowhere', async () => {
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const api = new HttpUpstreams([url], { limits: LIMITS, withCredentials: true, pass: 'the-pass' });
    const rig = await startGatewayRig(api, { upstreams: { api, website: url, speedtest: url } });
    try {
      const headers = { [GATEWAY_HEADER]: 'forged' };
      for (const path of ['/api/x', '/', '/speedtest/empty']) expect((await rig.ask(path, { headers })).status).toBe(200);
    } finally {
      await rig.close();
    }
    expect(asked.map((headers) => headers[GATEWAY_HEADER])).toStrictEqual(['the-pass', undefined, undefined]);
  });
});
