/** Clients that ask for much and read nothing: what waits for them must not wait for ever, and whoever is only slow gets all of it. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type GatewayRig, startGatewayRig, writeWebsite } from '../support/gateway-rig.js';

const STALL_MS = 300;
/** More than the kernel keeps for both ends of a connection. */
const BIG = randomBytes(12 * 1024 * 1024).toString('base64');
const server = createServer((_, response) => void response.end(BIG));
let website: string;
let rig: GatewayRig;
const sockets: Socket[] = [];
beforeAll(async () => {
  website = await mkdtemp(join(tmpdir(), 'deskhand-website-'));
  // Of a kind that is not compressed.
  await writeWebsite(website, { 'index.html': 'x', 'assets/big.png': BIG });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  rig = await startGatewayRig(new URL(`http://127.0.0.1:${port}`), { website: { folder: website }, limits: { stallMs: STALL_MS } });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(async () => {
  await rig.close();
  server.close();
  await rm(website, { recursive: true, force: true });
});

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

async function reader(text: string): Promise<Socket> {
  const socket = connect(rig.port, '127.0.0.1', () => socket.write(text)).on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'readable');
  return socket;
}

it.each([
  ['a page of ours', get('/assets/big.png')],
  ['pages one after the other', get('/assets/big.png').repeat(10)],
  ['what another server answers', get('/api/v1/big')],
])('who asks for %s and does not read it is cut off', async (_, text) => {
  await reader(text);
  expect(rig.gateway.connections).toBe(1);
  await expect.poll(() => rig.gateway.connections, { timeout: 10 * STALL_MS }).toBe(0);
});

it('who reads slowly gets all of it', async () => {
  // Kernels move by the mebibyte: so much at a time is read that each look can see that some was taken.
  const [stallMs, atOnce] = [1_000, BIG.length / 12];
  const own = await startGatewayRig((_, response) => response.end(), { website: { folder: website }, limits: { stallMs } });
  const socket = connect(own.port, '127.0.0.1', () => socket.write(get('/assets/big.png'))).on('error', () => undefined);
  sockets.push(socket);
  let bytes = 0;
  let isOver = false;
  socket.on('data', (piece: Buffer) => {
    const before = Math.floor(bytes / atOnce);
    bytes += piece.length;
    if (Math.floor(bytes / atOnce) === before || bytes >= BIG.length) return;
    socket.pause();
    setTimeout(() => socket.resume(), 0.4 * stallMs);
  });
  socket.on('close', () => {
    isOver = true;
  });
  const started = performance.now();
  await expect.poll(() => bytes >= BIG.length || isOver, { timeout: 15_000 }).toBe(true);
  expect(bytes).toBeGreaterThanOrEqual(BIG.length);
  expect(performance.now() - started).toBeGreaterThan(4 * stallMs);
  await own.close();
});
