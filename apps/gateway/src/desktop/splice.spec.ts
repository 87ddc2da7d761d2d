import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type OnReadOpts, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Place } from '../live-connections.js';
import { Traffic } from '../traffic.js';
import { Budget } from './budget.js';
import { Buffers, ReusedReads } from './reused-reads.js';
import { SilentAgents } from './silence.js';
import { Splice } from './splice.js';

/** So many small buffers are cut from one piece. */
const IN_PIECE = 256;

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Both ends of a connection. */
async function pair(onread?: OnReadOpts): Promise<{ dialled: Socket; accepted: Socket }> {
  const server = createServer({ pauseOnConnect: true });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const dialled = connect({ port, host: '127.0.0.1', allowHalfOpen: true, ...(onread ? { onread } : {}) }).on('error', () => undefined);
  const [accepted] = (await once(server, 'connection')) as [Socket];
  server.close();
  sockets.push(dialled, accepted);
  return { dialled, accepted };
}

it('leaves its buffers to the next one, also where bytes in them still waited when the browser went', async () => {
  const pool = new Buffers();
  const reads = new ReusedReads(pool, { take: () => true });
  const atDesktop = await pair(reads.onread);
  const atBrowser = await pair();
  const left = Promise.withResolvers<void>();
  // What comes first spends all that it may carry.
  const place = new Place({ sessionId: '', desktop: '', run: 1 }, { close: () => undefined }, [new Budget(1, 1)], () => left.resolve());
  Splice.join(
    atBrowser.accepted,
    { socket: atDesktop.dialled, reads, first: Buffer.alloc(0) },
    {
      ...{ pool, place, traffic: new Traffic(), silent: new SilentAgents(), stallMs: 60_000 },
      ...{ greeting: '', head: Buffer.alloc(0), onTakenOver: () => undefined },
    },
  );
  atDesktop.accepted.write('a'.repeat(100));
  await once(atBrowser.dialled, 'data');
  atBrowser.dialled.destroy();
  await left.promise;
  expect(new Set(Array.from({ length: IN_PIECE }, () => pool.small().buffer)).size).toBe(1);
});
