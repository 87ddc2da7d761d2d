/** What a gateway is made with: where things are, who may come in, and the bounds of everything. */

import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Configuration } from '#libs/common';
import type { DesktopTokenVerifier } from '#libs/tokens';
import type { DenyList } from './deny-list.js';
import type { TargetOptions } from './desktop/targets.js';
import type { Origin } from './upstream/upstream-request.js';

export interface Forwarder {
  /** Answers in the end, whatever happens; throws only before the answer has begun. */
  forward(request: IncomingMessage, response: ServerResponse, origin: Origin): void | Promise<void>;
  close(): Promise<void>;
}

/**
 * Where requests go on to: a listener in this process, a server in this process that need not listen and may take upgrades, the address of a server
 * (`http://host:port`) or those of its replicas, or what chooses among several.
 */
export type Upstream = RequestListener | Server | URL | readonly URL[] | Forwarder;

/** What a gateway needs beside its upstream to do its work. */
export interface Readiness {
  /** Why it cannot, by the name of the part; empty when it can. */
  whatIsDown(): Readonly<Record<string, string>>;
}

/** By route. Where there is none, the gateway answers itself: website and speed test, or `NOT_FOUND`. */
export interface Upstreams {
  readonly api: Upstream;
  /** A server or addresses get WebSockets too. */
  readonly admin?: Upstream;
  readonly console?: Upstream;
  readonly speedtest?: Upstream;
  readonly website?: Upstream;
}

/** The servers that are configured beside the control plane. */
export const upstreamsOf = ({ upstreams }: Configuration['gateway']): Omit<Upstreams, 'api'> =>
  Object.fromEntries(Object.entries(upstreams).map(([kind, addresses]) => [kind, [addresses].flat().map((address) => new URL(address))]));

export interface GatewayOptions {
  readonly upstreams: Upstreams;
  /** The built website, and what the pages call this installation; without it there are no pages. */
  readonly website?: { readonly folder: string; readonly name?: string };
  readonly tokens: Pick<DesktopTokenVerifier, 'known' | 'verify'>;
  readonly denyList: DenyList;
  /** Asked by readyz before the upstream is. */
  readonly readiness?: Readiness;
  /** Host names that browsers may use, beside localhost and the loopback addresses. */
  readonly allowedHosts: readonly string[];
  /** Addresses or networks whose `X-Forwarded-*` headers count. */
  readonly trustedProxies: readonly string[];
  /** Headers that only these proxies may set, in lower case; from anybody else they go no further. */
  readonly proxyHeaders?: readonly string[];
  /** Where desktops may be. Link-local, metadata and multicast addresses are refused whatever stands here. */
  readonly targets: TargetOptions;
  readonly limits?: Partial<GatewayLimits>;
  readonly logger: GatewayLogger;
}

/** The part of pino that the gateway needs. */
export interface GatewayLogger {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  isLevelEnabled?(level: 'debug'): boolean;
}

export interface GatewayLimits {
  /** Bytes of the request line and headers together. */
  readonly headerBytes: number;
  readonly urlBytes: number;
  readonly bodyBytes: number;
  /** Open connections in all. */
  readonly connections: number;
  /** Open connections of one address; those of a listed proxy count for the client that they carry something of. */
  readonly connectionsPerAddress: number;
  /** Open connections of one user to desktops. */
  readonly connectionsPerUser: number;
  /** What one connection to a desktop, and all of one user together, may carry; absent: no bound. */
  readonly connectionBytesPerSecond?: number;
  readonly userBytesPerSecond?: number;
  /** Milliseconds for the headers of a request to arrive. */
  readonly headersMs: number;
  /** Milliseconds for a whole request to arrive. */
  readonly requestMs: number;
  /** Milliseconds that an unused connection stays open. */
  readonly keepAliveMs: number;
  /** Milliseconds for a connection to an agent or an upstream to open. */
  readonly connectMs: number;
  /** Milliseconds for an agent to answer; a display that is starting takes up to 10 s. */
  readonly agentAnswerMs: number;
  /** Milliseconds for an upstream to answer; `Prefer: wait` asks for up to 120 s. */
  readonly upstreamAnswerMs: number;
  /** Milliseconds after which a silent connection is probed; ten probes of a second each later it counts as dead. */
  readonly keepAliveProbeMs: number;
  /** Milliseconds for which a client, or a WebSocket's other end, may take nothing of what waits for it, up to twice. */
  readonly stallMs: number;
  /** Milliseconds that requests in flight have to end when the gateway closes. */
  readonly closeMs: number;
}

export const DEFAULT_LIMITS: GatewayLimits = {
  headerBytes: 16 * 1024,
  urlBytes: 4 * 1024,
  bodyBytes: 1024 * 1024,
  connections: 10_000,
  connectionsPerAddress: 1_000,
  connectionsPerUser: 64,
  headersMs: 15_000,
  requestMs: 60_000,
  keepAliveMs: 65_000,
  connectMs: 10_000,
  agentAnswerMs: 15_000,
  upstreamAnswerMs: 130_000,
  keepAliveProbeMs: 15_000,
  stallMs: 60_000,
  closeMs: 1_500,
};
