/** Pass 5: what changes something, opens a WebSocket or reads for a page comes from our own pages or from no page at all. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { DeskhandError } from '#libs/common';
import type { Client } from './client.js';
import type { Route } from './route.js';

/** What a request wants to reach. */
interface Aim {
  /** Without the query. */
  readonly path: string;
  readonly route: Route;
  readonly isUpgrade: boolean;
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Here a provider's page sends people back to us: its state, bound to the browser by a cookie, takes the place of the origin. */
const CALLBACK = /^\/api\/v1\/auth\/oauth\/[^/]+\/callback$/;

/** @throws DeskhandError `ORIGIN_NOT_ALLOWED` */
export function fromOwnOrigin(request: Pick<IncomingMessage, 'method' | 'headers'>, client: Client, { path, route, isUpgrade }: Aim): void {
  const { method = '', headers } = request;
  if (!isUpgrade && CALLBACK.test(path)) return;
  if (!isUpgrade && SAFE.has(method)) {
    if (route.kind !== 'website') refuseEmbedding(headers);
    return;
  }
  if (headers.origin !== undefined) {
    if (headers.origin.toLowerCase() !== originOf(client)) throw new DeskhandError('ORIGIN_NOT_ALLOWED');
    return;
  }
  const site = headers['sec-fetch-site'];
  // Every browser names the origin of a WebSocket; whoever sends cookies without it is not to be trusted with them.
  const isCookieSocket = isUpgrade && headers.cookie !== undefined && headers.authorization === undefined;
  if (isCookieSocket || (site !== undefined && site !== 'same-origin' && site !== 'none')) throw new DeskhandError('ORIGIN_NOT_ALLOWED');
}

/**
 * Other sites may lead people here, which sends no Strict cookie along and shows them nothing of the answer, but may not embed, fetch or probe. `same-site` is
 * another site too: cookies go along from every host of the domain.
 */
function refuseEmbedding(headers: IncomingHttpHeaders): void {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = headers;
  if (site !== 'cross-site' && site !== 'same-site') return;
  if (mode !== 'navigate' || destination !== 'document') throw new DeskhandError('ORIGIN_NOT_ALLOWED');
}

/** As browsers write it: without the port that the protocol has anyway. */
function originOf({ secure, host }: Client): string {
  return secure ? `https://${host.replace(/:443$/, '')}` : `http://${host.replace(/:80$/, '')}`;
}
