/** What a stranger with a bare socket can try: a typed error or a clean close each time, nothing left over, and the others are served meanwhile. */
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket as ServerSocket, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAgentStandIn, upgradeAnswer } from '../support/agent-stand-in.js';
import { bearer, DESKTOP, DISPLAY, type GatewayRig, openWebSocket, startGatewayRig, upgradeRequest } from '../support/gateway-rig.js';

let rig: GatewayRig;
const sockets: Socket[] = [];
beforeEach(async () => {
  rig = await startGatewayRig((request, response) => request.resume().on('end', () => response.end('api')), {
    limits: { headersMs: 700, requestMs: 1_500 },
  });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  // Nothing that was tried may hold a place.
  await expect.poll(() => rig.gateway.connections, { timeout: 5_000 }).toBe(0);
  await rig.close();
});

function dial(): Socket {
  const socket = connect(rig.port, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

/** What came until the connection closed; or `reset`, where that came before the answer could be read. */
async function answerOf(socket: Socket): Promise<string> {
  let text = '';
  socket.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (text === '' && (code === 'ECONNRESET' || code === 'EPIPE')) text = 'reset';
  });
  socket.on('data', (piece) => {
    text += piece.toString('latin1');
  });
  if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return text;
}

const codeIn = (text: string) => /"code":"([A-Z_]+)"/.exec(text)?.[1];
const served = async () => (await rig.ask('/api/v1/x')).body;

describe('slowness', () => {
  it.each([
    ['nothing at all', '', 'REQUEST_TIMED_OUT'],
    ['a head that never ends', 'GET / HTTP/1.1\r\nHost: localhost\r\n', 'REQUEST_TIMED_OUT'],
    // Somebody is at work on an answer already: only closing is left.
    ['a body that never ends', 'POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc', ''],
    ['a chunk that never ends', 'POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc', ''],
  ])(
    'of a hundred clients that send %s is ended in time, and others are served meanwhile',
    async (_, text, outcome) => {
      const slow = Array.from({ length: 100 }, dial);
      for (const socket of slow) {
        socket.write(text);
        if (text !== '') socket.write('');
      }
      expect(await served()).toBe('api');
      const answers = await Promise.all(slow.map(answerOf));
      expect(new Set(answers.map((answer) => codeIn(answer) ?? answer))).toEqual(new Set([outcome]));
    },
    30_000,
  );

  it('of a head that comes byte by byte is ended in time', async () => {
    const socket = dial();
    const head = `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(1_000)}`;
    let at = 0;
    const timer = setInterval(() => socket.write(head[at++] ?? 'x'), 20);
    expect(codeIn(await answerOf(socket))).toBe('REQUEST_TIMED_OUT');
    clearInterval(timer);
  });
});

describe('floods of headers', () => {
  it.each([
    ['one that is huge', `X: ${'x'.repeat(100_000)}\r\n`],
    ['very many', 'X: y\r\n'.repeat(50_000)],
    ['a name that is huge', `${'X'.repeat(100_000)}: y\r\n`],
  ])('%s: HEADERS_TOO_LARGE, or a reset where it goes on sending', async (_, headers) => {
    const socket = dial();
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
    const answer = await answerOf(socket);
    expect(['reset', 'HEADERS_TOO_LARGE']).toContain(codeIn(answer) ?? answer);
    expect(await served()).toBe('api');
  });

  it('many within the bound are as they are', async () => {
    const socket = dial();
    socket.write(`GET /api/v1/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${'X: y\r\n'.repeat(200)}\r\n`);
    expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('a second request hidden in the first', () => {
  const secret = 'GET /api/v1/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const inHead: [string, string][] = [
    ['two lengths', `Content-Length: 0\r\nContent-Length: ${secret.length}\r\n\r\n${secret}`],
    ['a list of lengths', `Content-Length: 0, ${secret.length}\r\n\r\n${secret}`],
    ['length and chunks', `Content-Length: ${secret.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${secret}`],
    ['a coding that is not the last', `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${secret}`],
    ['a coding with a space before the colon', `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${secret}`],
    ['a signed length', `Content-Length: +0\r\n\r\n${secret}`],
    ['a length in hexadecimal', `Content-Length: 0x0\r\n\r\n${secret}`],
    ['a length with a space before the colon', `Content-Length : 0\r\n\r\n${secret}`],
    ['a folded header', `X: a\r\n b\r\nContent-Length: 0\r\n\r\n${secret}`],
    ['a folded length', `Content-Length:\r\n 0\r\n\r\n${secret}`],
    ['a folded coding', `Content-Length: ${secret.length + 5}\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${secret}`],
    ['a coding twice', `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${secret}`],
    ['a bare carriage return', `X: a\rContent-Length: 5\r\n\r\n${secret}`],
  ];
  const inBody: [string, string][] = [
    ['a bad chunk size', `Transfer-Encoding: chunked\r\n\r\nzz\r\n${secret}`],
    ['a chunk size with a sign', `Transfer-Encoding: chunked\r\n\r\n-1\r\n${secret}`],
    ['a chunk without its end', `Transfer-Encoding: chunked\r\n\r\n1\r\nab${secret}`],
  ];

  describe.each(['in this process', 'in another process'])('an api %s', (where) => {
    const seen: string[] = [];
    const listener: RequestListener = (request, response) => {
      seen.push(request.url ?? '');
      request.resume().on('error', () => undefined);
      response.end();
    };
    let server: Server;
    let own: GatewayRig;
    beforeEach(async () => {
      seen.length = 0;
      server = createHttpServer(listener);
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      own = await startGatewayRig(where === 'in this process' ? listener : url);
    });
    afterEach(async () => {
      await own.close();
      server.closeAllConnections();
      server.close();
    });
    /** The statuses of the answers that come back. */
    const first = async (rest: string) =>
      (await own.raw(`POST /api/v1/first HTTP/1.1\r\nHost: localhost\r\n${rest}`)).match(/^HTTP\/1\.1 \d+/gm) ?? [];

    it.each(inHead)('sees nothing of one with %s', async (_, rest) => {
      expect(await first(rest)).toEqual(['HTTP/1.1 400']);
      expect(seen).toEqual([]);
    });

    it.each(inBody)('sees at most the first of one with %s', async (_, rest) => {
      expect((await first(rest)).filter((status) => status.endsWith('200')).length).toBeLessThanOrEqual(1);
      expect(seen.filter((url) => url !== '/api/v1/first')).toEqual([]);
    });

    it('sees nothing of a body in a coding that nobody would decode', async () => {
      expect(await first('Connection: close\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n')).toEqual(['HTTP/1.1 400']);
      expect(seen).toEqual([]);
    });
  });
});

describe('a body that looks like a request', () => {
  const secret = 'GET /api/v1/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n';
  it.each([
    ['its length', `Connection: content-length, close\r\nContent-Length: ${secret.length}\r\n\r\n${secret}`],
    ['its length, in capitals', `Connection: Close, CONTENT-LENGTH\r\nContent-Length: ${secret.length}\r\n\r\n${secret}`],
    [
      'its coding',
      `Connection: transfer-encoding, close\r\nTransfer-Encoding: chunked\r\n\r\n${secret.length.toString(16)}\r\n${secret}\r\n0\r\n\r\n`,
    ],
  ])('stays one though the connection claims %s for itself', async (_, rest) => {
    const seen: [string | undefined, number][] = [];
    const server = createHttpServer((request, response) => {
      let bytes = 0;
      request.on('data', (piece: Buffer) => {
        bytes += piece.length;
      });
      request.on('end', () => {
        seen.push([request.url, bytes]);
        response.end('ok');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const own = await startGatewayRig(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    expect(await own.raw(`POST /api/v1/first HTTP/1.1\r\nHost: localhost\r\n${rest}`)).toMatch(/^HTTP\/1\.1 200 /);
    await own.ask('/api/v1/next');
    expect(seen).toEqual([
      ['/api/v1/first', secret.length],
      ['/api/v1/next', 0],
    ]);
    await own.close();
    server.close();
  });
});

describe('addresses', () => {
  it.each([
    ['a proxy is asked', 'GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['a tunnel is asked', 'CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['bytes that are no UTF-8', Buffer.from('GET /api/\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n', 'latin1')],
    ['overlong UTF-8', Buffer.from('GET /\xc0\xaf\xc0\xae HTTP/1.1\r\nHost: localhost\r\n\r\n', 'latin1')],
    ['a zero', 'GET /api\0 HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a backslash', 'GET \\api HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ])('%s: INVALID_REQUEST', async (_, text) => {
    expect(codeIn(await rig.raw(text))).toBe('INVALID_REQUEST');
  });

  it('with percent signs are handed on as they are, and never decoded into another route', async () => {
    const paths = ['/%2e%2e/api/v1/x', '/d/%2e%2e/api', '/assets/%2e%2e/%2e%2e/etc/passwd', '/%ff%fe', '/d/a%2fb/display'];
    const statuses = await Promise.all(paths.map(async (path) => (await rig.ask(path)).status));
    expect(statuses).toEqual([404, 401, 404, 404, 401]);
  });
});

describe('upgrades', () => {
  it.each([
    ['without a key', 'Sec-WebSocket-Version: 13\r\n'],
    ['with a key of the wrong size', 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: YWJj\r\n'],
    ['with a body', 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 5\r\n'],
    ['with chunks', 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nTransfer-Encoding: chunked\r\n'],
    ['of another version', 'Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'],
  ])('%s: INVALID_REQUEST', async (_, headers) => {
    const token = await rig.token();
    const text = `GET ${DISPLAY} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n`;
    expect(codeIn(await rig.raw(text))).toBe('INVALID_REQUEST');
  });

  it('given up at any moment leave nothing behind', async () => {
    const agent = await startAgentStandIn({ desktop: DESKTOP, run: 1, secret: rig.secret });
    const request = upgradeRequest(await rig.token({ port: agent.port }));
    for (let n = 0; n < 300; n += 1) {
      const socket = dial();
      socket.on('connect', () => {
        socket.write(request.slice(0, n % 3 === 0 ? request.length / 2 : request.length));
        if (n % 3 === 1) setTimeout(() => socket.resetAndDestroy(), n % 10);
        else socket.destroySoon();
      });
    }
    await expect
      .poll(() => [rig.gateway.connections, rig.gateway.desktopConnections, agent.sockets.size], { timeout: 20_000 })
      .toEqual([0, 0, 0]);
    await agent.close();
  }, 30_000);

  it('end cleanly for the browser when the agent dies within a frame', async () => {
    const opened = Promise.withResolvers<ServerSocket>();
    const agent = await startAgentStandIn(
      { desktop: DESKTOP, run: 1, secret: rig.secret },
      {
        onUpgrade: (socket, proof) => {
          socket.write(upgradeAnswer(agent, proof));
          opened.resolve(socket);
        },
      },
    );
    const browser = openWebSocket(rig.port, DISPLAY, bearer(await rig.token({ port: agent.port })));
    await once(browser, 'open');
    const dying = await opened.promise;
    dying.write(Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3]));
    dying.resetAndDestroy();
    expect((await once(browser, 'close'))[0]).toBe(1006);
    await expect.poll(() => rig.gateway.desktopConnections).toBe(0);
    await agent.close();
  });
});

describe('an upstream', () => {
  async function upstreamThat(answer: (socket: ServerSocket) => void): Promise<{ own: GatewayRig; close: () => Promise<void> }> {
    const server = createServer((socket) => void socket.on('error', () => undefined).once('data', () => answer(socket)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const own = await startGatewayRig(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), {
      limits: { upstreamAnswerMs: 500 },
    });
    return {
      own,
      close: async () => {
        await own.close();
        server.close();
      },
    };
  }

  it.each([
    ['hangs up', (socket: ServerSocket) => socket.destroy()],
    ['says nothing', () => undefined],
    ['is no HTTP server', (socket: ServerSocket) => socket.end('SSH-2.0-x\r\n\r\n')],
    ['gives two lengths', (socket: ServerSocket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx')],
    [
      'switches protocols',
      (socket: ServerSocket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    ],
    ['splits its headers', (socket: ServerSocket) => socket.end('HTTP/1.1 200 OK\r\nA: b\nSet-Cookie: evil=1\r\n\r\n')],
  ])('that %s: UPSTREAM_UNAVAILABLE', async (_, answer) => {
    const { own, close } = await upstreamThat(answer);
    const { status, body } = await own.ask('/api/v1/x');
    expect([status, JSON.parse(body).code]).toEqual([502, 'UPSTREAM_UNAVAILABLE']);
    await close();
  });

  it.each([
    ['length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nabc'],
  ])('that dies within a body (%s): the answer is cut off, never taken for whole', async (_, text) => {
    const { own, close } = await upstreamThat((socket) => socket.end(text));
    await expect(own.ask('/api/v1/x')).rejects.toThrow();
    await close();
  });

  it('that closes kept connections is asked again on a new one', async () => {
    let answers = 0;
    const server = createServer((socket) => {
      socket
        .on('error', () => undefined)
        .on('data', () => {
          answers += 1;
          // Kept, and gone in the very moment of the second request.
          if (answers % 2 === 0) socket.destroy();
          else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const own = await startGatewayRig(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
    expect([(await own.ask('/api/1')).body, (await own.ask('/api/2')).body, answers]).toEqual(['ok', 'ok', 3]);
    await own.close();
    server.close();
  });
});
