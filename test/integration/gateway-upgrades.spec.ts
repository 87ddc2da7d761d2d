/** WebSockets to the operators' server, as subscriptions need them: through the same passes as everything else, and never to where none are spoken. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { GatewayOptions } from '#apps/gateway';
import { freePort } from '../support/free-port.js';
import { startFullListener } from '../support/full-listener.js';
import { type GatewayRig, refusalOf, startGatewayRig } from '../support/gateway-rig.js';

const PATH = '/admin/graphql';
const SUBPROTOCOL = 'graphql-transport-ws';

let rig: GatewayRig;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Admin {
  readonly server: Server;
  readonly url: URL;
  /** What it was asked, oldest first. */
  readonly asked: IncomingMessage[];
  readonly sockets: Set<Socket>;
}

/** The operators' server: says everything back, or does what it is told with an upgrade. */
async function admin(onUpgrade?: (socket: Socket, request: IncomingMessage) => void): Promise<Admin> {
  const server = createServer((_, response) => response.end('admin'));
  const asked: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: true,
    handleProtocols: (names) => [...names].at(-1) ?? false,
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    asked.push(request);
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    if (onUpgrade) {
      socket.resume().on('end', () => socket.end());
      return onUpgrade(socket, request);
    }
    webSockets.handleUpgrade(request, socket, head, (opened) =>
      opened.on('message', (data, isBinary) => opened.send(data, { binary: isBinary })),
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    server.closeAllConnections();
  });
  return { server, asked, sockets, url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) };
}

async function gatewayTo(upstream: URL | readonly URL[] | Server, options: Partial<GatewayOptions> = {}): Promise<void> {
  const api = createServer();
  rig = await startGatewayRig((_, response) => response.end('api'), { upstreams: { api, admin: upstream }, ...options });
  ends.push(rig.close);
}

function open(path = PATH, headers: Record<string, string> = {}, protocols: string[] = ['graphql-ws', SUBPROTOCOL]): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${rig.port}${path}`, protocols, { headers: { authorization: 'Bearer x', ...headers } });
  socket.on('error', () => undefined);
  ends.push(() => socket.terminate());
  return socket;
}

const echoed = async (socket: WebSocket, text: string): Promise<string> => {
  socket.send(text);
  return String((await once(socket, 'message'))[0]);
};

describe.each([
  ['at an address', ({ url }: Admin) => url],
  ['in this process', ({ server }: Admin) => server],
])("a WebSocket to the operators' server %s", (_, upstreamOf) => {
  it('goes through both ways with what its client carries, and closes with its own code', async () => {
    const upstream = await admin();
    await gatewayTo(upstreamOf(upstream));
    const socket = open(PATH, { 'x-forwarded-for': '6.6.6.6', 'x-deskhand-scopes': 'operate', cookie: 'deskhand-user=mine' });
    await once(socket, 'open');
    expect(socket.protocol).toBe(SUBPROTOCOL);
    expect(await echoed(socket, 'hello')).toBe('hello');
    expect(await echoed(socket, 'x'.repeat(300_000))).toHaveLength(300_000);
    const [{ headers, url }] = upstream.asked as [IncomingMessage];
    expect(url).toBe(PATH);
    expect(headers).toMatchObject({ authorization: 'Bearer x', cookie: 'deskhand-user=mine', 'x-forwarded-for': '127.0.0.1' });
    expect(headers['x-deskhand-scopes']).toBeUndefined();
    socket.close(4_400, 'enough');
    expect((await once(socket, 'close'))[0]).toBe(4_400);
    await expect.poll(() => upstream.sockets.size).toBe(0);
    await expect.poll(() => rig.gateway.connections).toBe(0);
  });

  it('from a page of another site never gets there', async () => {
    const upstream = await admin();
    await gatewayTo(upstreamOf(upstream));
    const cookie = 'deskhand-user=mine';
    const foreign: Record<string, string>[] = [
      { origin: 'http://evil.example', cookie },
      { origin: 'null', cookie },
      { origin: 'http://evil.example' },
    ];
    for (const headers of foreign) expect(await refusalOf(open(PATH, headers))).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
    expect(upstream.asked).toEqual([]);
    const ours = open(PATH, { origin: `http://127.0.0.1:${rig.port}`, cookie });
    await once(ours, 'open');
  });

  it('has its bounds, and ends with the gateway', async () => {
    const upstream = await admin();
    await gatewayTo(upstreamOf(upstream), { limits: { connectionsPerUser: 2 } });
    const sockets = [open(), open()];
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    expect(await refusalOf(open())).toEqual([503, 'TOO_MANY_CONNECTIONS']);
    sockets[0]?.close();
    await once(sockets[0]!, 'close');
    await expect.poll(() => upstream.sockets.size).toBe(1);
    await once(open(), 'open');
    const closed = once(sockets[1]!, 'close');
    await rig.gateway.close();
    await closed;
    await expect.poll(() => upstream.sockets.size).toBe(0);
  });
});

describe('a WebSocket to one of several replicas of the operators’ server', () => {
  it('reaches one that is there, and the others rest', async () => {
    const full = await startFullListener();
    ends.push(full.close);
    const [rude, well] = [await admin((socket) => void socket.destroy()), await admin()];
    await gatewayTo([new URL(`http://127.0.0.1:${full.port}`), new URL(`http://127.0.0.1:${await freePort()}`), rude.url, well.url], {
      limits: { connectMs: 200 },
    });
    for (let number = 0; number < 8; number += 1) await once(open(), 'open');
    expect([rude.asked.length, well.asked.length]).toEqual([1, 8]);
    await expect.poll(() => rude.sockets.size).toBe(0);
  });

  it('is not asked of another one by the one that says no', async () => {
    const servers = [await admin((socket) => void socket.end('HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n')), await admin()];
    await gatewayTo(servers.map(({ url }) => url));
    expect(await refusalOf(open())).toEqual([401, 'UNAUTHENTICATED']);
    expect(servers.map(({ asked }) => asked.length)).toEqual([1, 0]);
  });
});

describe('a WebSocket that comes to nothing', () => {
  it.each([
    [401, [401, 'UNAUTHENTICATED']],
    [403, [403, 'FORBIDDEN']],
    [500, [502, 'UPSTREAM_UNAVAILABLE']],
  ])('because the server answers %i is told so', async (status, refusal) => {
    const upstream = await admin((socket) => void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`));
    await gatewayTo(upstream.url);
    expect(await refusalOf(open())).toEqual(refusal);
    await expect.poll(() => upstream.sockets.size).toBe(0);
  });

  it.each([
    ['hangs up', (socket: Socket) => void socket.destroy()],
    ['does not understand the key', (socket: Socket) => void socket.write(switching('AAAAAAAAAAAAAAAAAAAAAAAAAAA='))],
    ['talks of something else', (socket: Socket) => void socket.write('220 smtp.example ESMTP\r\n\r\n')],
  ])('because the server %s is a bad gateway', async (_, behaviour) => {
    const upstream = await admin(behaviour);
    await gatewayTo(upstream.url);
    expect(await refusalOf(open())).toEqual([502, 'UPSTREAM_UNAVAILABLE']);
    await expect.poll(() => upstream.sockets.size).toBe(0);
  });

  it('because the server is silent does not wait for ever, and whoever leaves before leaves nothing behind', async () => {
    const upstream = await admin(() => undefined);
    await gatewayTo(upstream.url, { limits: { agentAnswerMs: 500 } });
    expect(await refusalOf(open())).toEqual([502, 'UPSTREAM_UNAVAILABLE']);
    const impatient = open();
    await expect.poll(() => upstream.asked.length).toBe(2);
    impatient.terminate();
    await expect.poll(() => upstream.sockets.size).toBe(0);
  });

  it.each(['/api/v1/me', '/console/', '/speedtest/garbage', '/', '/graphql'])('at %s does not exist', async (path) => {
    const upstream = await admin();
    await gatewayTo(upstream.url, { limits: { connectMs: 500 } });
    expect(await refusalOf(open(path))).toEqual([404, 'NOT_FOUND']);
    expect(upstream.asked).toEqual([]);
  });

  it('without an operators’ server does not exist either', async () => {
    rig = await startGatewayRig((_, response) => response.end('api'));
    ends.push(rig.close);
    expect(await refusalOf(open())).toEqual([404, 'NOT_FOUND']);
  });
});

const switching = (accept: string): string =>
  `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`;

describe('a client that does not read', () => {
  it('stops the server, holds little, and is cut off', async () => {
    let sent = 0;
    const upstream = await admin((socket, request) => {
      new WebSocketServer({ noServer: true }).handleUpgrade(request, socket, Buffer.alloc(0), () => {
        const fill = (): void => {
          let goesOn = true;
          while (goesOn && !socket.destroyed && sent < 500e6) {
            sent += 65_536;
            goesOn = socket.write(Buffer.alloc(65_536));
          }
        };
        socket.on('drain', fill);
        fill();
      });
    });
    await gatewayTo(upstream.url, { limits: { stallMs: 400 } });
    const socket = open();
    await once(socket, 'open');
    (socket as unknown as { _socket: Socket })._socket.pause();
    await expect.poll(() => upstream.sockets.size, { timeout: 10_000 }).toBe(0);
    expect(sent).toBeLessThan(32e6);
    await expect.poll(() => rig.gateway.connections).toBe(0);
  });
});
