/** How a replica ends so that nobody notices: it says so first, finishes what it has, and gives back what it holds. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Departure } from './http/departure.js';

/** Until every gateway has heard it: no request is then on its way to connections that close. */
const NOTICE_MS = 300;
/** Requests in flight have so long; long ones were ended by {@link Departure}. */
const FINISH_MS = 10_000;

export async function leave(api: NestExpressApplication): Promise<void> {
  api.get(Departure).begin();
  await pause(NOTICE_MS);
  const server = api.getHttpServer() as Server;
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const patience = new AbortController();
  await Promise.race([closed, pause(FINISH_MS, undefined, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
  server.closeAllConnections();
  // Stops reconciling and gives back the leases: other replicas go on within a second.
  await api.close();
}
