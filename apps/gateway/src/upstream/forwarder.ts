/** Pass 7 for `/api`: hands a request on to an upstream, with our own word on who the client is. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayLimits, Upstream } from '../gateway.options.js';
import type { Client } from '../passes/client.js';
import { HttpUpstream } from './http-upstream.js';

export interface Forwarder {
  /** Answers in the end, whatever happens; throws only before the answer has begun. */
  forward(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
  close(): Promise<void>;
}

export function forwarderTo(upstream: Upstream, limits: GatewayLimits): Forwarder {
  if (upstream instanceof URL) return new HttpUpstream(upstream, limits);
  return { forward: upstream, close: async () => undefined };
}

/** What only we may say to an upstream; all else of these names came from the client and goes. */
export function claimHeaders(request: IncomingMessage, client: Client, traceId: string): void {
  const { headers } = request;
  for (const name of Object.keys(headers)) if (isOurs(name)) delete headers[name];
  headers['x-forwarded-for'] = client.address;
  headers['x-forwarded-proto'] = client.secure ? 'https' : 'http';
  headers['x-forwarded-host'] = client.host;
  headers['x-trace-id'] = traceId;
}

const isOurs = (name: string): boolean =>
  name.startsWith('x-forwarded-') || name.startsWith('x-deskhand-') || ['forwarded', 'x-real-ip', 'x-trace-id', 'via'].includes(name);
