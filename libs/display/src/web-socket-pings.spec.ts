import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type Pings, pingWhileOpen } from './web-socket-pings.js';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function pinged(
  browser: { autoPong: boolean },
  isDeaf?: () => boolean,
): Promise<{ client: WebSocket; pings: Pings; count: () => number }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  ends.push(() => server.close());
  await once(server, 'listening');
  const opened = once(server, 'connection');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { autoPong: browser.autoPong });
  ends.push(() => client.terminate());
  let count = 0;
  client.on('ping', () => {
    count += 1;
  });
  const [socket] = (await opened) as [WebSocket];
  return { client, pings: pingWhileOpen(socket, isDeaf, 20), count: () => count };
}

describe('pings', () => {
  it('go on as long as they are answered', async () => {
    const { client, count } = await pinged({ autoPong: true });
    await expect.poll(count).toBeGreaterThan(5);
    expect(client.readyState).toBe(WebSocket.OPEN);
  });

  it('that are not answered end the connection', async () => {
    const { client, count } = await pinged({ autoPong: false });
    expect((await once(client, 'close'))[0]).toBe(1006);
    expect(count()).toBe(1);
  });

  it('need no answer while something else is heard, or nothing could be', async () => {
    const busy = await pinged({ autoPong: false });
    const hearing = setInterval(() => busy.pings.heard(), 5);
    ends.push(() => clearInterval(hearing));
    const deaf = await pinged({ autoPong: false }, () => true);
    await expect.poll(() => Math.min(busy.count(), deaf.count())).toBeGreaterThan(5);
  });

  it('count from when it is read again: what came while nothing was read still stands behind the rest', async () => {
    let isDeaf = true;
    const { client, count } = await pinged({ autoPong: false }, () => isDeaf);
    client.on('ping', () => {
      // Read again right before the next look, whose ping is the first to be answered.
      if (count() === 3) isDeaf = false;
      if (count() > 3) client.pong();
    });
    await expect.poll(count).toBeGreaterThan(6);
    expect(client.readyState).toBe(WebSocket.OPEN);
  });
});
