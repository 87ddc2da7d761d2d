import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { DesktopGrant } from '#libs/tokens';
import { AgentDialling } from './agent-dialling.js';
import { Buffers } from './reused-reads.js';

/** How many buffers are out. */
class CountedBuffers extends Buffers {
  out = 0;

  override small(): Buffer {
    this.out += 1;
    return super.small();
  }

  override giveBackSmall(buffer: Buffer): void {
    this.out -= 1;
    super.giveBackSmall(buffer);
  }
}

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function dial(pool: Buffers, onAsked?: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).on('end', () => socket.end());
    socket.once('data', () => onAsked?.(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  ends.push(() => server.close());
  const target = { address: '127.0.0.1', port, secret: Buffer.alloc(32) };
  const grant = { userId: 'u', sessionId: 's', desktop: 'd', run: 1, scopes: ['control'], target } as unknown as DesktopGrant;
  const limits = { connectMs: 500, agentAnswerMs: 500, keepAliveProbeMs: 15_000 };
  const { promise, reject } = Promise.withResolvers<never>();
  const caller = { onAgent: () => true, onNoAgent: reject };
  const question = { path: '/display', scopes: ['control'] as const, subprotocol: undefined };
  const dialling = new AgentDialling(grant, question, { pool, limits }, caller);
  return { opened: promise, dialling };
}

describe('an open that comes to nothing gives its buffer back', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['the agent hangs up', (socket) => socket.end()],
    ['the agent resets', (socket) => socket.resetAndDestroy()],
    ['somebody else answers', (socket) => socket.write('SSH-2.0-OpenSSH\r\n\r\n')],
    ['nobody proves anything', (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n')],
    ['the head never ends', (socket) => socket.write('x'.repeat(100_000))],
    ['nothing is said', () => undefined],
  ])('when %s', async (_, behaviour) => {
    const pool = new CountedBuffers();
    const { opened } = await dial(pool, behaviour);
    await expect(opened).rejects.toMatchObject({ code: 'DESKTOP_UNREACHABLE' });
    await expect.poll(() => pool.out).toBe(0);
  });

  it('when the browser goes first', async () => {
    const pool = new CountedBuffers();
    const { opened, dialling } = await dial(pool);
    const refused = expect(opened).rejects.toMatchObject({ code: 'DESKTOP_UNREACHABLE' });
    expect(pool.out).toBe(1);
    dialling.giveUp();
    await refused;
    await expect.poll(() => pool.out).toBe(0);
  });
});
