/** A gateway in front of several replicas of the control plane: which of them is asked, and what is asked again when one fails. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpUpstreams } from '../../apps/gateway/src/upstream/http-upstreams.js';
import { startFullListener } from '../support/full-listener.js';
import { type GatewayRig, startGatewayRig } from '../support/gateway-rig.js';

interface Upstream {
  readonly url: URL;
  readonly server: Server;
  /** What it was asked, `GET /api/x`. */
  readonly asked: string[];
}

const open: Server[] = [];
let rig: GatewayRig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
  for (const server of open.splice(0)) await stop(server);
});

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  if (server.listening) await new Promise((resolve) => server.close(resolve));
}

async function upstream(answer: RequestListener): Promise<Upstream> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  open.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, asked, url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) };
}

const well: RequestListener = (request, response) => void request.pipe(response.setHeader('content-type', 'text/plain'));
/** Takes the request, and dies of it. */
const dying: RequestListener = ({ socket }) => (socket as Socket).resetAndDestroy();
const silent: RequestListener = () => undefined;

const LIMITS = { connectMs: 2_000, upstreamAnswerMs: 60_000 };

async function gatewayTo(...replicas: Pick<Upstream, 'url'>[]): Promise<HttpUpstreams> {
  return gatewayWith(LIMITS, ...replicas);
}

async function gatewayWith(limits: typeof LIMITS, ...replicas: Pick<Upstream, 'url'>[]): Promise<HttpUpstreams> {
  const upstreams = new HttpUpstreams(
    replicas.map(({ url }) => url),
    { limits, withCredentials: true, pass: 'pass' },
  );
  rig = await startGatewayRig(upstreams);
  return upstreams;
}

const post = (body: string) =>
  rig!.ask('/api/x', { method: 'POST', body, headers: { origin: `http://localhost:${rig!.port}`, host: `localhost:${rig!.port}` } });

describe('several replicas of other servers', () => {
  it.each(['admin', 'console', 'speedtest', 'website'] as const)(
    '%s: take turns, and one that is gone is missed by nobody',
    async (kind) => {
      const [gone, ...others] = [await upstream(well), await upstream(well), await upstream(well)] as [Upstream, Upstream, Upstream];
      await stop(gone.server);
      const api = createServer();
      rig = await startGatewayRig(api, { upstreams: { api, [kind]: [gone, ...others].map(({ url }) => url) } });
      const path = kind === 'website' ? '/x' : `/${kind}/x`;
      const origin = `http://localhost:${rig.port}`;
      const headers = { origin, host: `localhost:${rig.port}` };
      for (let number = 0; number < 4; number++) {
        expect(await rig.ask(path, { headers })).toMatchObject({ status: 200 });
        expect(await rig.ask(path, { method: 'POST', body: 'x', headers })).toMatchObject({ status: 200, body: 'x' });
      }
      expect(Math.min(...others.map(({ asked }) => asked.length))).toBeGreaterThanOrEqual(3);
    },
  );
});

describe('a gateway with several replicas', () => {
  it('lets them take turns', async () => {
    const replicas = [await upstream(well), await upstream(well), await upstream(well)];
    await gatewayTo(...replicas);
    for (let number = 0; number < 9; number++) expect((await rig!.ask('/api/x')).status).toBe(200);
    expect(replicas.map(({ asked }) => asked.length)).toStrictEqual([3, 3, 3]);
  });

  it('asks another what is safe to ask again, and lets the broken one rest', async () => {
    const [broken, good] = [await upstream(dying), await upstream(well)];
    await gatewayTo(broken, good);
    const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await rig!.ask('/api/x')).status));
    expect(new Set(statuses)).toStrictEqual(new Set([200]));
    const before = broken.asked.length;
    for (let number = 0; number < 4; number++) await rig!.ask('/api/x');
    expect(broken.asked.length).toBe(before);
  });

  it('asks nobody twice for what may have been done', async () => {
    const replicas = [await upstream(dying), await upstream(dying)];
    await gatewayTo(...replicas);
    const answer = await post('once');
    expect([answer.status, JSON.parse(answer.body).code]).toStrictEqual([502, 'UPSTREAM_UNAVAILABLE']);
    expect(replicas.flatMap(({ asked }) => asked)).toStrictEqual(['POST /api/x']);
  });

  it('sends a write to another, body and all, where nobody was there to take it', async () => {
    const [gone, good] = [await upstream(well), await upstream(well)];
    await gatewayTo(gone, good);
    await stop(gone.server);
    for (const body of ['first', 'second', 'third']) expect(await post(body)).toMatchObject({ status: 200, body });
    expect(gone.asked).toStrictEqual([]);
  });

  it('sends a write to another as well where the connection only ever times out', async () => {
    const [full, good] = [await startFullListener(), await upstream(well)];
    try {
      await gatewayWith({ ...LIMITS, connectMs: 200 }, { url: new URL(`http://127.0.0.1:${full.port}`) }, good);
      for (const body of ['first', 'second']) expect(await post(body)).toMatchObject({ status: 200, body });
      expect(good.asked).toStrictEqual(['POST /api/x', 'POST /api/x']);
    } finally {
      await full.close();
    }
  });

  it('has so long in all, however many of them say nothing', async () => {
    await gatewayWith({ ...LIMITS, upstreamAnswerMs: 600 }, await upstream(silent), await upstream(silent), await upstream(silent));
    const started = performance.now();
    expect((await rig!.ask('/api/x')).status).toBe(502);
    expect(performance.now() - started).toBeLessThan(1_200);
  });

  it('ends an event stream of a replica that falls silent, and no other answer that has begun', async () => {
    const begun: ServerResponse[] = [];
    const begins: RequestListener = ({ url }, response) => {
      begun.push(response);
      response.writeHead(200, { 'content-type': url === '/api/stream' ? 'text/event-stream' : 'text/plain' }).write('data: x\n\n');
    };
    const [replica, other] = [await upstream(begins), await upstream(begins)];
    const upstreams = await gatewayTo(replica, other);
    for (const { url } of [replica, other]) upstreams.turn(url, true);
    const [stream, file] = ['stream', 'file'].map((name) => fetch(`http://127.0.0.1:${rig!.port}/api/${name}`)) as [
      Promise<Response>,
      Promise<Response>,
    ];
    await Promise.all([stream, file]);
    const lost = performance.now();
    for (const { url } of [replica, other]) upstreams.turn(url, false);
    expect(await (await stream).text()).toBe('data: x\n\n');
    expect(performance.now() - lost).toBeLessThan(1_000);
    // The replica is rid of it too.
    await expect.poll(() => begun.filter(({ destroyed }) => destroyed)).toHaveLength(1);
    for (const response of begun) response.end('rest');
    expect(await (await file).text()).toBe('data: x\n\nrest');
  });

  it('leaves a replica that falls silent, with the requests that wait for it', async () => {
    const [hung, good] = [await upstream(silent), await upstream(well)];
    const upstreams = await gatewayTo(hung, good);
    upstreams.turn(hung.url, true);
    upstreams.turn(good.url, true);
    const answers = Promise.all([rig!.ask('/api/x'), rig!.ask('/api/x')]);
    await once(hung.server, 'request');
    upstreams.turn(hung.url, false);
    expect((await answers).map(({ status }) => status)).toStrictEqual([200, 200]);
    for (let number = 0; number < 4; number++) expect((await rig!.ask('/api/x')).status).toBe(200);
    expect(hung.asked).toHaveLength(1);
  });

  it('asks those that rest when no other is left, and says so when all are gone', async () => {
    const [one, other] = [await upstream(dying), await upstream(dying)];
    await gatewayTo(one, other);
    expect((await rig!.ask('/api/x')).status).toBe(502);
    const answer = await rig!.ask('/api/x');
    expect([answer.status, JSON.parse(answer.body).code]).toStrictEqual([502, 'UPSTREAM_UNAVAILABLE']);
    expect(one.asked.length + other.asked.length).toBe(4);
  });
});

describe('a gateway whose control plane is gone', () => {
  it('lives, whoever asks by whatever name, and is not ready', async () => {
    const api = await upstream(well);
    await gatewayTo(api);
    expect((await rig!.ask('/readyz')).status).toBe(200);
    await stop(api.server);
    for (const host of ['localhost', '10.0.0.7:8080']) {
      const answer = await rig!.ask('/healthz', { headers: { host } });
      expect([answer.status, JSON.parse(answer.body)]).toStrictEqual([200, { status: 'ok' }]);
    }
    expect((await rig!.ask('/healthz', { method: 'POST' })).status).toBe(405);
    const answer = await rig!.ask('/readyz');
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'NOT_READY', fields: { api: 'no answer' } });
    expect(api.asked).toStrictEqual(['GET /readyz']);
  });
});
