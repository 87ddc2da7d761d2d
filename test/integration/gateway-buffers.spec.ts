/** What connections are read into: lent, and given back whatever became of them. */
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bearer, DISPLAY } from '../support/gateway-rig.js';
import { GatewayStage } from '../support/gateway-stage.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
function bytesHeld(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

let stage: GatewayStage;
beforeEach(async () => {
  // Its first read spends what a connection may carry for long: it waits with its buffer in use.
  stage = await GatewayStage.start({ connectionBytesPerSecond: 1_024, connectionsPerUser: 1_000 });
});
afterEach(() => stage.close());

it('a connection that ends while bytes of it still wait leaves its buffer to the next one', async () => {
  const { rig } = stage;
  const agent = await stage.agentThat({ onWebSocket: (socket) => socket.send(Buffer.alloc(100_000)) });
  const token = await rig.token({ port: agent.port });
  const abandon = async (connections: number): Promise<void> => {
    const sockets = Array.from({ length: connections }, () => stage.open(DISPLAY, bearer(token)));
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    for (const socket of sockets) socket.terminate();
    await expect.poll(() => rig.gateway.desktopConnections).toBe(0);
  };
  await abandon(100);
  const held = bytesHeld();
  for (let round = 0; round < 10; round += 1) await abandon(100);
  expect(bytesHeld() - held).toBeLessThan(512 * 1024);
});
