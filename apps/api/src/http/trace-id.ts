/** Every request has an id that its answer, its log lines and its events carry: the gateway's, or one made here. */
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

export const TRACE_HEADER = 'x-trace-id';
/** Anything else does not get into our logs. */
const LOOKS_LIKE_AN_ID = /^[A-Za-z0-9_-]{8,64}$/;

/** The id of a request that has passed {@link traceRequests}. */
export const traceIdOf = (request: Pick<Request, 'headers'>): string => String(request.headers[TRACE_HEADER]);

export function traceRequests(request: Request, response: Response, next: NextFunction): void {
  const given = request.headers[TRACE_HEADER];
  const traceId = typeof given === 'string' && LOOKS_LIKE_AN_ID.test(given) ? given : randomUUID();
  request.headers[TRACE_HEADER] = traceId;
  response.setHeader(TRACE_HEADER, traceId);
  next();
}
