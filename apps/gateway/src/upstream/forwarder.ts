/** Pass 7 for everything that another server answers: hands a request on, with our own word on who the client is. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayLimits, Upstream, Upstreams } from '../gateway.options.js';
import { HttpUpstream } from './http-upstream.js';
import { claimHeaders, type Origin } from './upstream-request.js';

export interface Forwarder {
  /** Answers in the end, whatever happens; throws only before the answer has begun. */
  forward(request: IncomingMessage, response: ServerResponse, origin: Origin): void | Promise<void>;
  close(): Promise<void>;
}

/** @param withCredentials whether cookies and authorization go on: to the control plane's own parts only */
export function forwarderTo(upstream: Upstream, limits: GatewayLimits, withCredentials: boolean): Forwarder {
  if (upstream instanceof URL) return new HttpUpstream(upstream, { limits, withCredentials });
  return {
    forward: (request, response, origin) => {
      claimHeaders(request, origin);
      response.setHeader('x-trace-id', origin.traceId);
      upstream(request, response);
    },
    close: async () => undefined,
  };
}

export type Forwarders = Readonly<Partial<Record<keyof Upstreams, Forwarder>>>;

/** The control plane's own parts; what else is configured is somebody else's program and sees no token. */
const TRUSTED: ReadonlySet<string> = new Set<keyof Upstreams>(['api', 'admin', 'console']);

export const forwardersTo = (upstreams: Upstreams, limits: GatewayLimits): Forwarders =>
  Object.fromEntries(
    Object.entries(upstreams)
      .filter(([, upstream]) => upstream !== undefined)
      .map(([kind, upstream]) => [kind, forwarderTo(upstream, limits, TRUSTED.has(kind))]),
  );
