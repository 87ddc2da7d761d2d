/** Whether this gateway lives, which hangs on nothing but itself, and whether all of it can be done, which the control plane has a say in. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DeskhandError, toDeskhandError } from '#libs/common';
import type { Forwarder, Readiness } from './gateway.options.js';
import type { Origin } from './upstream/upstream-request.js';

const HEADERS = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** @throws DeskhandError `METHOD_NOT_ALLOWED` */
export function answerHealth({ method }: IncomingMessage, response: ServerResponse, traceId: string): void {
  if (method !== 'GET' && method !== 'HEAD') throw new DeskhandError('METHOD_NOT_ALLOWED', undefined, { allow: ['GET', 'HEAD'] });
  const body = JSON.stringify({ status: 'ok' });
  response.writeHead(200, { ...HEADERS, 'content-length': body.length, 'x-trace-id': traceId }).end(body);
}

/**
 * Answers as the control plane does, where nothing is missing here.
 * @throws DeskhandError `NOT_READY`, with what is down
 */
export async function answerReadiness(
  readiness: Readiness | undefined,
  api: Forwarder,
  [request, response, origin]: [IncomingMessage, ServerResponse, Origin],
): Promise<void> {
  const down = readiness?.whatIsDown() ?? {};
  if (Object.keys(down).length > 0) throw notReady(down);
  try {
    await api.forward(request, response, origin);
  } catch (thrown) {
    if (toDeskhandError(thrown).code !== 'UPSTREAM_UNAVAILABLE') throw thrown;
    throw notReady({ api: 'no answer' }, (thrown as Error).cause);
  }
}

const notReady = (down: Readonly<Record<string, string>>, cause?: unknown): DeskhandError =>
  new DeskhandError('NOT_READY', `Down: ${Object.keys(down).join(', ')}.`, { fields: down }, { cause });
