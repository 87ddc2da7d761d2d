/** Pass 5: what changes something, or opens a WebSocket, comes from our own pages or from no page at all. */
import type { IncomingMessage } from 'node:http';
import { DeskhandError } from '#libs/common';
import type { Client } from './client.js';

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** @throws DeskhandError `ORIGIN_NOT_ALLOWED` */
export function fromOwnOrigin(request: Pick<IncomingMessage, 'method' | 'headers'>, client: Client, isUpgrade: boolean): void {
  const { method = '', headers } = request;
  if (!isUpgrade && SAFE.has(method)) return;
  if (headers.origin !== undefined) {
    if (headers.origin.toLowerCase() !== originOf(client)) throw new DeskhandError('ORIGIN_NOT_ALLOWED');
    return;
  }
  const site = headers['sec-fetch-site'];
  // Every browser names the origin of a WebSocket; whoever sends cookies without it is not to be trusted with them.
  const isCookieSocket = isUpgrade && headers.cookie !== undefined && headers.authorization === undefined;
  if (isCookieSocket || (site !== undefined && site !== 'same-origin' && site !== 'none')) throw new DeskhandError('ORIGIN_NOT_ALLOWED');
}

/** As browsers write it: without the port that the protocol has anyway. */
function originOf({ secure, host }: Client): string {
  return secure ? `https://${host.replace(/:443$/, '')}` : `http://${host.replace(/:80$/, '')}`;
}
