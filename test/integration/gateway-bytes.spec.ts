/** What is open to a desktop: its bytes go through as they are, both ways, and it ends with either side. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { upgradeAnswer } from '../support/agent-stand-in.js';
import { bearer, DISPLAY, upgradeRequest } from '../support/gateway-rig.js';
import { GatewayStage } from '../support/gateway-stage.js';

let stage: GatewayStage;
beforeAll(async () => {
  stage = await GatewayStage.start({ agentAnswerMs: 20_000 });
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

describe('what is open to a desktop', () => {
  it('closes with the gateway, within its bound', async () => {
    const own = await GatewayStage.start();
    const agent = await own.agentThat();
    const socket = own.open(DISPLAY, bearer(await own.rig.token({ port: agent.port })));
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await own.rig.close();
    await closed;
    await expect.poll(() => agent.sockets.size).toBe(0);
    await own.clear();
  });

  it('closes for the browser when the agent dies mid-frame, and for the agent when the browser goes', async () => {
    let atAgent: Socket | undefined;
    const agent = await stage.agentThat({
      onUpgrade: (socket, proof) => {
        atAgent = socket;
        socket.resume();
        // A frame of 100 bytes, of which three come.
        socket.write(Buffer.concat([Buffer.from(upgradeAnswer(agent, proof)), Buffer.from([0x82, 100, 1, 2, 3])]));
      },
    });
    const token = await stage.rig.token({ port: agent.port });
    const socket = stage.open(DISPLAY, bearer(token));
    await once(socket, 'open');
    atAgent!.destroy();
    expect((await once(socket, 'close'))[0]).toBe(1006);
    const second = stage.open(DISPLAY, bearer(token));
    await once(second, 'open');
    second.terminate();
    await expect.poll(() => agent.sockets.size).toBe(0);
    await expect.poll(() => stage.rig.gateway.desktopConnections).toBe(0);
  });
});

describe('bytes', () => {
  const sha = (pieces: Iterable<Buffer>) => {
    const digest = createHash('sha256');
    for (const piece of pieces) digest.update(piece);
    return digest.digest('hex');
  };

  it('go through unchanged both ways at once, 96 MiB down and 24 MiB up in frames of every size', async () => {
    const down = Array.from({ length: 96 }, (_, n) => randomBytes(n % 8 === 0 ? 4 * 1024 * 1024 : (n * 8191) % 700_000));
    const up = Array.from({ length: 48 }, (_, n) => randomBytes((n * 65_537) % 1_000_000));
    const gotUp: Buffer[] = [];
    const agent = await stage.agentThat({
      onWebSocket: (socket) => {
        socket.on('message', (data) => gotUp.push(data as Buffer));
        for (const piece of down) socket.send(piece);
      },
    });
    const socket = stage.open(DISPLAY, bearer(await stage.rig.token({ port: agent.port })));
    const gotDown: Buffer[] = [];
    socket.on('message', (data) => gotDown.push(data as Buffer));
    await once(socket, 'open');
    for (const piece of up) socket.send(piece);
    await expect.poll(() => [gotDown.length, gotUp.length], { timeout: 60_000 }).toEqual([down.length, up.length]);
    expect([sha(gotDown), sha(gotUp)]).toEqual([sha(down), sha(up)]);
  }, 90_000);

  it('of many connections never mix, while some readers stall and some streams die', async () => {
    const agent = await stage.agentThat({
      onWebSocket: (socket) => {
        socket.once('message', (mark) => {
          for (let n = 0; n < 40; n += 1) socket.send(Buffer.alloc(150_000, mark as Buffer));
          socket.send('end');
        });
      },
    });
    const token = await stage.rig.token({ port: agent.port });
    const outcomes = await Promise.all(
      Array.from({ length: 24 }, async (_, n) => {
        const socket = stage.open(DISPLAY, bearer(token));
        let isPure = true;
        let bytes = 0;
        const ended = new Promise<string>((resolve) => {
          socket.on('message', (data: Buffer, isBinary) => {
            if (!isBinary) return resolve(isPure && bytes === 6_000_000 ? 'pure' : 'mixed');
            bytes += data.length;
            isPure &&= data.every((byte) => byte === n + 1);
            if (n % 4 === 1) {
              socket.pause();
              setTimeout(() => socket.resume(), 20);
            }
            if (n % 4 === 2 && bytes > 600_000) {
              socket.terminate();
              resolve(isPure ? 'gone' : 'mixed');
            }
          });
        });
        await once(socket, 'open');
        socket.send(Buffer.from([n + 1]));
        return ended;
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'pure')).toHaveLength(18);
    expect(outcomes.filter((outcome) => outcome === 'gone')).toHaveLength(6);
  }, 60_000);

  it('wait at the agent when the browser does not read: the gateway holds one read at most', async () => {
    const piece = randomBytes(64 * 1024);
    let written = 0;
    const agent = await stage.agentThat({
      onUpgrade: (socket, proof) => {
        socket.write(upgradeAnswer(agent, proof));
        const pump = () => {
          while (written < 512 * 1024 * 1024 && !socket.destroyed) {
            written += piece.length;
            if (!socket.write(piece)) return void socket.once('drain', pump);
          }
        };
        pump();
      },
    });
    const token = await stage.rig.token({ port: agent.port });
    const before = heldBuffers();
    const client = stage.dial();
    client.write(upgradeRequest(token));
    client.pause();
    // What the kernel buffers, up to 36 MiB at each of the two lines, is all that goes; then it stands still.
    await untilStill(() => written);
    expect(written).toBeLessThan(128 * 1024 * 1024);
    expect(heldBuffers() - before).toBeLessThan(2 * 1024 * 1024);
    let read = 0;
    client.on('data', (data) => {
      read += data.length;
    });
    client.resume();
    await expect.poll(() => read, { timeout: 60_000 }).toBeGreaterThan(512 * 1024 * 1024);
  }, 100_000);

  it('wait at the browser when the agent does not read', async () => {
    const agent = await stage.agentThat({ onUpgrade: (socket, proof) => void socket.pause().write(upgradeAnswer(agent, proof)) });
    const client = stage.dial();
    client.write(upgradeRequest(await stage.rig.token({ port: agent.port })));
    await once(client, 'data');
    const piece = Buffer.alloc(64 * 1024);
    let written = 0;
    const pump = () => {
      while (written < 512 * 1024 * 1024) {
        written += piece.length;
        if (!client.write(piece)) return void client.once('drain', pump);
      }
    };
    pump();
    await untilStill(() => written);
    expect(written).toBeLessThan(64 * 1024 * 1024);
  }, 60_000);

  it('an orderly end of one side reaches the other, with all that was on its way', async () => {
    const agent = await stage.agentThat({
      onUpgrade: (socket, proof) => {
        socket.write(upgradeAnswer(agent, proof));
        socket.end(Buffer.alloc(5_000_000, 'x'));
      },
    });
    const text = await stage.rig.raw(upgradeRequest(await stage.rig.token({ port: agent.port })));
    expect(text.split('\r\n\r\n')[1]).toHaveLength(5_000_000);
    await expect.poll(() => stage.rig.gateway.desktopConnections).toBe(0);
  });
});

/** Bytes of buffers that something still refers to: what is only waiting to be collected does not count. */
function heldBuffers(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().arrayBuffers;
}

/** Waits until a count that has begun does not grow any more. */
async function untilStill(count: () => number): Promise<void> {
  let before = 0;
  const isStill = () => {
    const now = count();
    const still = now > 0 && now === before;
    before = now;
    return still;
  };
  await expect.poll(isStill, { interval: 500, timeout: 30_000 }).toBe(true);
}
