/** Pass 7 for everything that another server answers: hands a request on, with our own word on who the client is. */
import { Server } from 'node:http';
import type { Forwarder, GatewayLimits, Upstream, Upstreams } from '../gateway.options.js';
import { HttpUpstreams } from './http-upstreams.js';
import { claimHeaders } from './upstream-request.js';

/** @param withCredentials whether cookies and authorization go on: to the control plane's own parts only */
export function forwarderTo(upstream: Upstream, limits: GatewayLimits, withCredentials: boolean): Forwarder {
  if ('forward' in upstream) return upstream;
  if (upstream instanceof Server)
    return forwarderTo((request, response) => upstream.emit('request', request, response), limits, withCredentials);
  if (typeof upstream !== 'function') return new HttpUpstreams([upstream].flat(), { limits, withCredentials });
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
