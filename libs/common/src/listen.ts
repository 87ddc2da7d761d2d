/** Listening, with one clear sentence for whoever configured it where that fails. */
import type { AddressInfo, Server } from 'node:net';
import { DeskhandError } from './errors.js';

export interface ListenOptions {
  /** Other processes of ours listen on the same port; the kernel gives each its share of the connections (SO_REUSEPORT). */
  readonly isShared?: boolean;
}

/** @throws DeskhandError `PORT_IN_USE`, `CONFIGURATION_INVALID` */
export async function listenOn(server: Server, port: number, host: string, { isShared = false }: ListenOptions = {}): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port, host, backlog: 4096, reusePort: isShared }, resolve);
  try {
    await promise;
  } catch (error) {
    throw listenFault(error, port, host);
  } finally {
    server.off('error', reject);
  }
  return server.address() as AddressInfo;
}

/** @param error what Node gave @returns `PORT_IN_USE`, or `CONFIGURATION_INVALID` where it can never work */
export function listenFault(error: unknown, port: number, host: string): DeskhandError {
  const { code } = error as NodeJS.ErrnoException;
  const invalid = (detail: string) => new DeskhandError('CONFIGURATION_INVALID', detail, {}, { cause: error });
  switch (code) {
    case 'EADDRINUSE':
      return new DeskhandError('PORT_IN_USE', `Port ${port} of ${host} is taken by another program.`, {}, { cause: error });
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return invalid(`${host} is no address of this machine: nothing can listen there.`);
    case 'EACCES':
      return invalid(`This user may not listen on port ${port} of ${host}: take a port above 1023, or give the program that right.`);
    default:
      return invalid(`Nothing can listen on port ${port} of ${host} (${code ?? (error as Error).message}).`);
  }
}
