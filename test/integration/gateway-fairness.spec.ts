/** One greedy or broken connection takes nothing from the others: caps, budgets, and an end for whoever does not read. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { GatewayLimits } from '#apps/gateway';
import type { AgentBehaviour } from '../support/agent-stand-in.js';
import { bearer, DESKTOP, DISPLAY, type GatewayRig, refusalOf, upgradeRequest } from '../support/gateway-rig.js';
import { GatewayStage } from '../support/gateway-stage.js';

let stage: GatewayStage;
afterEach(() => stage.close());

/** Agents listen on `port`. */
async function stageWith(
  limits: Partial<GatewayLimits>,
  behaviour: AgentBehaviour = {},
): Promise<{ rig: GatewayRig; port: number; open: (token: string) => WebSocket }> {
  stage = await GatewayStage.start(limits);
  const { port } = await stage.agentThat(behaviour);
  return { rig: stage.rig, port, open: (token) => stage.open(DISPLAY, bearer(token)) };
}

const MEGA = 1_000_000;
const WINDOWS = `/d/${DESKTOP}/windows`;

describe('one user', () => {
  it('has so many connections to desktops at most, whatever session they are of; others are not touched, and places become free', async () => {
    const { rig, port, open } = await stageWith({ connectionsPerUser: 2 });
    const token = await rig.token({ port });
    const other = await rig.token({ port, sessionId: 's2' });
    const first = open(token);
    await once(first, 'open');
    await once(open(other), 'open');
    expect(await refusalOf(open(token))).toEqual([503, 'TOO_MANY_CONNECTIONS']);
    await once(open(await rig.token({ port, userId: 'another' })), 'open');
    first.terminate();
    await expect.poll(() => rig.gateway.desktopConnections).toBe(2);
    await once(open(token), 'open');
  });

  it.each([
    ['a connection', { connectionBytesPerSecond: 2 * MEGA }, 1],
    ['a user with two connections', { userBytesPerSecond: 2 * MEGA }, 2],
  ])('budget of %s: what goes beyond waits', async (_, limits, sockets) => {
    const total = 5 * MEGA;
    const { rig, port, open } = await stageWith(limits, { onWebSocket: (socket) => socket.send(Buffer.alloc(total / sockets)) });
    const token = await rig.token({ port });
    const started = performance.now();
    await Promise.all(Array.from({ length: sockets }, () => once(open(token), 'message')));
    // 5 MB, of which a second's worth is there at once: one and a half seconds at least, less what is still on its way.
    expect(performance.now() - started).toBeGreaterThan(1_000);
  });

  it.each([
    ['all of a user', { userBytesPerSecond: 2 * MEGA }, 2 * MEGA],
    ['each', { connectionBytesPerSecond: 2 * MEGA }, 0],
  ])('gets no more by coming again and again: budget of %s', async (_, limits, saved) => {
    const [times, each] = [12, MEGA / 2];
    const { rig, port, open } = await stageWith(limits, { onWebSocket: (socket) => socket.send(Buffer.alloc(each)) });
    const token = await rig.token({ port });
    const started = performance.now();
    for (let number = 0; number < times; number += 1) {
      const socket = open(token);
      await once(socket, 'message');
      socket.terminate();
      await expect.poll(() => rig.gateway.desktopConnections, { interval: 5 }).toBe(0);
    }
    // What each connection read last is not waited for.
    expect(performance.now() - started).toBeGreaterThan((1_000 * (times * each - saved)) / (2 * MEGA) - 250);
  });

  it('is not held up where it says little, by its own greedy connections', async () => {
    const { rig, port, open } = await stageWith(
      { userBytesPerSecond: 256 * 1024 },
      {
        onWebSocket: (socket) => {
          socket.on('message', (data) => {
            if (String(data) === 'quiet') return socket.send(data);
            for (let n = 0; n < 8; n += 1) socket.send(Buffer.alloc(MEGA));
          });
        },
      },
    );
    const token = await rig.token({ port });
    const quiet = open(token);
    await once(quiet, 'open');
    for (let number = 0; number < 12; number += 1) {
      const greedy = open(token);
      await once(greedy, 'open');
      greedy.send('more');
    }
    // After the second's worth that was saved.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const waited: number[] = [];
    for (let number = 0; number < 5; number += 1) {
      const asked = performance.now();
      quiet.send('quiet');
      await once(quiet, 'message');
      waited.push(performance.now() - asked);
    }
    // A read of a greedy one is never worth more than a fraction of a second.
    expect(Math.max(...waited)).toBeLessThan(500);
  });
});

describe('a browser that does not read', () => {
  it('is dropped when it has taken nothing for its time, and both sides are free', async () => {
    const { rig, port } = await stageWith(
      { stallMs: 300 },
      {
        onWebSocket: (socket) => {
          for (let n = 0; n < 64; n += 1) socket.send(Buffer.alloc(MEGA));
        },
      },
    );
    const client = stage.dial();
    client.pause();
    client.write(upgradeRequest(await rig.token({ port })));
    await expect.poll(() => rig.gateway.desktopConnections).toBe(1);
    await expect.poll(() => rig.gateway.desktopConnections, { timeout: 10_000 }).toBe(0);
  });
});

describe('where the handle under an accepted socket is not what it should be', () => {
  it('bytes take the ordinary way, all the same', async () => {
    const { rig, port, open } = await stageWith({}, { onWebSocket: (socket) => socket.on('message', (data) => socket.send(data)) });
    // As a Node that keeps something else there would look.
    rig.gateway.server.prependListener('upgrade', (_, socket: Socket) => {
      const { _handle: handle } = socket as unknown as { _handle: { readStop?: unknown } };
      Object.defineProperty(handle, 'readStop', { value: undefined, configurable: true });
    });
    const socket = open(await rig.token({ port }));
    await once(socket, 'open');
    for (const size of [10, 70_000, 3 * MEGA]) {
      const sent = randomBytes(size);
      socket.send(sent);
      const [got] = (await once(socket, 'message')) as [Buffer];
      expect(got.equals(sent)).toBe(true);
    }
    socket.close(1000);
    await once(socket, 'close');
    await expect.poll(() => rig.gateway.desktopConnections).toBe(0);
  });
});

describe('one client behind a listed proxy', () => {
  it('has as much open as an address may, requests and WebSockets together, and takes no place of others', async () => {
    stage = await GatewayStage.start({ connectionsPerAddress: 3 }, { trustedProxies: ['127.0.0.1'] });
    const waiting: ServerResponse[] = [];
    const { port } = await stage.agentThat({ onRequest: (_, response) => void waiting.push(response) });
    const token = await stage.rig.token({ port });
    const from = (address: string) => ({ ...bearer(token), 'x-forwarded-for': address });
    const call = (address: string) => stage.rig.ask(WINDOWS, { headers: from(address) });
    const [greedy, other] = ['203.0.113.1', '203.0.113.2'];
    const calls = [call(greedy), call(greedy)];
    const socket = stage.open(DISPLAY, from(greedy));
    await once(socket, 'open');
    await expect.poll(() => waiting.length).toBe(2);

    expect(JSON.parse((await call(greedy)).body).code).toBe('TOO_MANY_CONNECTIONS');
    expect(await stage.refusal(DISPLAY, from(greedy))).toEqual([503, 'TOO_MANY_CONNECTIONS']);
    const theirs = Array.from({ length: 2 }, () => stage.open(DISPLAY, from(other)));
    await Promise.all(theirs.map((each) => once(each, 'open')));
    // Nobody is named: it is the proxy's own.
    expect((await stage.rig.ask('/api/x')).status).toBe(200);

    socket.terminate();
    await expect.poll(() => stage.rig.gateway.desktopConnections).toBe(4);
    const again = stage.open(DISPLAY, from(greedy));
    await once(again, 'open');
    for (const response of waiting) response.end('{}');
    for (const { status } of await Promise.all(calls)) expect(status).toBe(200);
    for (let number = 0; number < 2; number += 1) await once(stage.open(DISPLAY, from(greedy)), 'open');
    expect(await stage.refusal(DISPLAY, from(greedy))).toEqual([503, 'TOO_MANY_CONNECTIONS']);
  });

  it('is free again between two requests of a connection that the proxy keeps', async () => {
    stage = await GatewayStage.start({ connectionsPerAddress: 1 }, { trustedProxies: ['127.0.0.1'] });
    const kept = [stage.dial(), stage.dial()];
    for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.1'])
      for (const socket of kept) {
        socket.write(`GET /api/x HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${address}\r\n\r\n`);
        expect(String((await once(socket, 'data'))[0])).toContain('200 OK');
      }
  });
});
