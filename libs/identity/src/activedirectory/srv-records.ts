/** Asks the DNS where a service of a domain is. */
import { type Resolver } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { type SrvAnswer, streamDecode, streamEncode } from 'dns-packet';

export interface SrvRecord {
  readonly name: string;
  readonly priority: number;
  readonly weight: number;
}

const TIMEOUT_MS = 2000;
const MAX_ANSWER_BYTES = 66_000;

/** @throws Error when no server answers, or none knows the service */
export async function srvRecords(resolver: Resolver, service: string): Promise<readonly SrvRecord[]> {
  try {
    return await resolver.resolveSrv(service);
  } catch (error) {
    // Samba's own DNS server shortens names where RFC 2782 forbids it, and Node's resolver refuses to read that.
    if ((error as NodeJS.ErrnoException).code !== 'EBADRESP') throw error;
    const [server] = resolver.getServers();
    return askByTcp(server ?? '127.0.0.1', service);
  }
}

function askByTcp(server: string, name: string): Promise<readonly SrvRecord[]> {
  const [host, port] = isIP(server) ? [server, 53] : [server.replace(/^\[|\]?:\d+$/g, ''), Number(/:(\d+)$/.exec(server)?.[1] ?? 53)];
  const { promise, resolve, reject } = Promise.withResolvers<readonly SrvRecord[]>();
  const socket = connect({ host, port, timeout: TIMEOUT_MS });
  const timer = setTimeout(() => socket.destroy(new Error('the DNS server is late')), TIMEOUT_MS);
  let received = Buffer.alloc(0);
  socket.write(streamEncode({ type: 'query', id: 1, flags: 256, questions: [{ type: 'SRV', name }] }));
  socket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data]);
    if (received.length > MAX_ANSWER_BYTES) socket.destroy(new Error('the answer is too long'));
    if (received.length < 2 || received.length < 2 + received.readUInt16BE()) return;
    try {
      const answers = streamDecode(received).answers ?? [];
      resolve(
        answers
          .filter((one): one is SrvAnswer => one.type === 'SRV')
          .map(({ data: { target, priority = 0, weight = 0 } }) => ({ name: target, priority, weight })),
      );
    } catch (error) {
      reject(error);
    }
  });
  socket.on('error', reject).on('close', () => reject(new Error('the DNS server hung up')));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
