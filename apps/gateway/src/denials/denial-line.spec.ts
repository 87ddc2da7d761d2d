import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { DenyList } from '../deny-list.js';
import { DenialLine } from './denial-line.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe('a line to a replica', () => {
  it.each([
    ['switches protocols unasked', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
    ['does not prove itself', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'],
    ['speaks something else', 'SSH-2.0-OpenSSH\r\n'],
    ['leads elsewhere', 'HTTP/1.1 302 Found\r\nlocation: http://evil.example/\r\ncontent-length: 0\r\n\r\n'],
  ])('that %s is not held, is tried again, and leaves no connection', async (_, answer) => {
    const open = new Set<Socket>();
    let calls = 0;
    const server = createServer((socket) => {
      calls += 1;
      open.add(socket);
      socket.on('error', () => undefined).once('close', () => open.delete(socket));
      socket.once('data', () => socket.write(answer));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    ends.push(() => server.close());
    const heard: boolean[] = [];
    const line = new DenialLine(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), {
      secret: Buffer.alloc(32),
      denyList: new DenyList(),
      logger: { debug: () => undefined, warn: () => undefined, error: () => undefined },
      onTurn: (isUp) => heard.push(isUp),
    });
    ends.push(() => line.close());
    await expect.poll(() => calls, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
    expect([line.isHeld, heard]).toEqual([false, []]);
    await line.close();
    await expect.poll(() => open.size).toBe(0);
  });
});
