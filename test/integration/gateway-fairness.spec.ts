/** One greedy or broken connection takes nothing from the others: caps, budgets, and an end for whoever does not read. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { GatewayLimits } from '#apps/gateway';
import type { AgentBehaviour } from '../support/agent-stand-in.js';
import { bearer, DISPLAY, type GatewayRig, refusalOf, upgradeRequest } from '../support/gateway-rig.js';
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
