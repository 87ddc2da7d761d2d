/** Bodies on their way through the gateway: slow ones, announced ones, chunks with trailers, and answers that have none. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type GatewayRig, startGatewayRig } from '../support/gateway-rig.js';

let rig: GatewayRig;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function gatewayTo(answer: RequestListener): Promise<IncomingMessage[]> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  rig = await startGatewayRig(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  ends.push(rig.close);
  return asked;
}

const echo: RequestListener = (request, response) => void request.pipe(response);
const head = (method: string, ...headers: string[]) =>
  [`${method} /api/v1/x HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n');

/** Sends pieces with time between them; what comes back until the end. */
async function inPieces(pieces: readonly string[]): Promise<string> {
  const socket = connect(rig.port, '127.0.0.1').setNoDelay();
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
  });
  const closed = once(socket, 'close');
  for (const piece of pieces) {
    socket.write(piece, 'latin1');
    await pause(5);
  }
  await closed;
  return text;
}
const bodyOf = (text: string) => text.slice(text.indexOf('\r\n\r\n') + 4);

describe('a body', () => {
  it('that comes byte by byte arrives whole, with its length in our own words', async () => {
    const asked = await gatewayTo((request, response) => {
      let length = 0;
      request.on('data', (piece: Buffer) => {
        length += piece.length;
      });
      request.on('end', () => response.end(String(length)));
    });
    expect(bodyOf(await inPieces([head('POST', 'Content-Length: 40'), ...'x'.repeat(40)]))).toBe('40');
    expect(asked[0]?.headers['content-length']).toBe('40');
  });

  it('in chunks arrives whole; its trailers and extensions are forgotten', async () => {
    const asked = await gatewayTo((request, response) => {
      request.resume().on('end', () => response.end(JSON.stringify(request.trailers)));
    });
    const text = await inPieces([
      head('POST', 'Transfer-Encoding: chunked', 'Trailer: X-Deskhand-Scopes'),
      '3;ext="a"\r\nabc\r\n',
      '2\r\nde\r\n',
      '0\r\nX-Deskhand-Scopes: operate\r\n\r\n',
    ]);
    expect(text).toContain('{}');
    expect(asked[0]?.headers).toMatchObject({ 'transfer-encoding': 'chunked' });
    expect(asked[0]?.headers.trailer).toBeUndefined();
  });

  it('that waits to be asked for is asked for, once, and the upstream hears nothing of it', async () => {
    const asked = await gatewayTo(echo);
    const text = await inPieces([head('POST', 'Content-Length: 5', 'Expect: 100-continue'), 'hello']);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']);
    expect(text).toContain('hello');
    expect(asked[0]?.headers.expect).toBeUndefined();
  });

  it('with another expectation is refused', async () => {
    const asked = await gatewayTo(echo);
    expect(await inPieces([head('POST', 'Content-Length: 0', 'Expect: miracles')])).toMatch(/^HTTP\/1\.1 417 /);
    expect(asked).toEqual([]);
  });
});

describe('an answer before the body is there', () => {
  const chunk = `${(900 * 1024).toString(16)}\r\n${'x'.repeat(900 * 1024)}\r\n`;
  const post = 'POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n';
  const refuse: RequestListener = (_, response) => response.writeHead(401, { 'content-length': 2 }).end('no');

  it.each([
    ['is still on its way', [post, chunk]],
    ['never goes on', [post, '5\r\nhel']],
    ['comes to its end', [post, chunk, '0\r\n\r\n']],
  ])('gets there, and the connection ends soon, where that %s', async (_, pieces) => {
    await gatewayTo(refuse);
    const started = performance.now();
    expect(await inPieces(pieces)).toMatch(/^HTTP\/1\.1 401 .*\r\n\r\nno$/s);
    expect(performance.now() - started).toBeLessThan(2_000);
    await expect.poll(() => rig.gateway.connections).toBe(0);
  });

  it('may be as long as the body: what an upstream makes of it comes while the rest is sent', async () => {
    await gatewayTo(echo);
    const text = await inPieces([
      head('POST', 'Transfer-Encoding: chunked'),
      ...'hello'.split('').map((letter) => `1\r\n${letter}\r\n`),
      '0\r\n\r\n',
    ]);
    expect(text.match(/^[a-z]$/gm)?.join('')).toBe('hello');
  });
});

describe('an answer', () => {
  it('to HEAD has the length and no body, and the connection serves the next one', async () => {
    await gatewayTo((request, response) => {
      response.setHeader('content-length', 5);
      response.end(request.method === 'HEAD' ? undefined : 'hello');
    });
    const both = `HEAD /api/v1/x HTTP/1.1\r\nHost: localhost\r\n\r\n${head('GET')}`;
    const text = await inPieces([both]);
    expect(text.match(/content-length: 5/gi)).toHaveLength(2);
    expect(text.match(/hello/g)).toHaveLength(1);
  });

  it('in chunks with trailers comes without them; what came before it stays behind', async () => {
    await gatewayTo((_, response) => {
      response.writeProcessing();
      response.writeEarlyHints({ link: '</x.css>; rel=preload' });
      response.setHeader('trailer', 'x-sum');
      response.write('hello');
      response.addTrailers({ 'x-sum': '7' });
      response.end();
    });
    const answer = await inPieces([head('GET')]);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    expect(answer).toContain('hello');
    expect(answer).not.toContain('x-sum');
  });

  it('of a range, which the upstream made, goes through as it is', async () => {
    const asked = await gatewayTo((_, response) =>
      response.writeHead(206, { 'content-range': 'bytes 1-3/5', 'content-length': 3 }).end('ell'),
    );
    const answer = await rig.ask('/api/v1/x', { headers: { range: 'bytes=1-3' } });
    expect(answer).toMatchObject({ status: 206, body: 'ell', headers: { 'content-range': 'bytes 1-3/5' } });
    expect(asked[0]?.headers.range).toBe('bytes=1-3');
  });

  it.each([204, 304])('%i has no body, whatever it says', async (status) => {
    await gatewayTo((_, response) => response.writeHead(status, { etag: '"x"' }).end());
    expect(await rig.ask('/api/v1/x')).toMatchObject({ status, body: '' });
    expect(await rig.ask('/api/v1/x')).toMatchObject({ status, body: '' });
  });
});
