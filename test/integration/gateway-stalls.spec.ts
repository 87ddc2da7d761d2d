/** Clients that ask for much and read nothing: what waits for them must not wait for ever, and whoever is only slow gets all of it. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
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
  const socket = await reader(get('/assets/big.png'));
  const started = performance.now();
  let bytes = 0;
  // Node reads 64 KiB at a time; a whole window has to be free before the other end hears of it.
  while (bytes < BIG.length) {
    const piece = socket.read() as Buffer | null;
    bytes += piece?.length ?? 0;
    if (socket.destroyed && piece === null) break;
    await pause(STALL_MS / 20);
  }
  expect(bytes).toBeGreaterThanOrEqual(BIG.length);
  expect(performance.now() - started).toBeGreaterThan(5 * STALL_MS);
});
