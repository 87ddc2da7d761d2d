/** Listening, with one clear sentence where the port is taken. */
import type { AddressInfo, Server } from 'node:net';
import { DeskhandError } from './errors.js';

export interface ListenOptions {
  /** Other processes of ours listen on the same port; the kernel gives each its share of the connections (SO_REUSEPORT). */
  readonly isShared?: boolean;
}

/** @throws DeskhandError `PORT_IN_USE` */
export async function listenOn(server: Server, port: number, host: string, { isShared = false }: ListenOptions = {}): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port, host, backlog: 4096, reusePort: isShared }, resolve);
  try {
    await promise;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new DeskhandError('PORT_IN_USE', `Port ${port} of ${host} is taken by another program.`, {}, { cause: error });
  } finally {
    server.off('error', reject);
  }
  return server.address() as AddressInfo;
}
