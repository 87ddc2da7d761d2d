/** The one public port: every request walks the same short list of passes, and ends at the website, a server of ours or a desktop. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { DeskhandError, type ListenOptions, listenOn, Networks, plainAddress, toDeskhandError } from '#libs/common';
import { answerProblem, endWithProblem, newTraceId } from './answers.js';
import { ConnectionCaps } from './connection-caps.js';
import { DesktopProxy } from './desktop/desktop-proxy.js';
import { Targets } from './desktop/targets.js';
import { DEFAULT_LIMITS, type GatewayLimits, type GatewayOptions } from './gateway.options.js';
import { answerHealth, answerReadiness } from './health.js';
import { LiveConnections } from './live-connections.js';
import { type Client, clientOf } from './passes/client.js';
import { AllowedHosts } from './passes/host.js';
import { limitBody, withinLimits } from './passes/limits.js';
import { fromOwnOrigin } from './passes/origin.js';
import { type Route, routeOf } from './passes/route.js';
import { Admission } from './passes/token.js';
import { answerBrokenRequests, isAnswering, tuneServer } from './server.js';
import { MAX_UPLOAD_BYTES, SpeedTest } from './speedtest/speedtest.js';
import { StalledClients } from './stalled-clients.js';
import { Traffic } from './traffic.js';
import { type Forwarders, forwardersTo } from './upstream/forwarder.js';
import { UpstreamSockets } from './upstream/upstream-sockets.js';
import { Website } from './website/website.js';

const NONE: ReadonlySet<string> = new Set();

/** A request that came through the passes that all requests go through. */
interface Visit {
  readonly path: string;
  readonly client: Client;
  readonly route: Route;
}

/** Of the time for closing, what is spent on closing what is open to desktops, a few at a time. */
const DRAIN_SHARE = 1 / 3;

export class Gateway {
  readonly server: Server;
  readonly traffic = new Traffic();
  readonly #limits: GatewayLimits;
  readonly #options: GatewayOptions;
  readonly #website: Website;
  readonly #speedTest = new SpeedTest();
  readonly #forwarders: Forwarders;
  readonly #adminSockets: UpstreamSockets | undefined;
  readonly #proxies: Networks;
  readonly #proxyHeaders: ReadonlySet<string>;
  readonly #hosts: AllowedHosts;
  readonly #admission: Admission;
  readonly #desktops: DesktopProxy;
  readonly #live: LiveConnections;
  readonly #caps: ConnectionCaps;
  readonly #looks: NodeJS.Timeout;
  #isClosing = false;

  constructor(options: GatewayOptions, website: Website) {
    this.#options = options;
    this.#website = website;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#forwarders = forwardersTo(options.upstreams, this.#limits);
    this.#adminSockets = UpstreamSockets.to(options.upstreams.admin, this.#limits);
    this.#proxies = new Networks(options.trustedProxies);
    this.#proxyHeaders = new Set(options.proxyHeaders);
    this.#hosts = new AllowedHosts(options.allowedHosts);
    this.#admission = new Admission(options.tokens, options.denyList);
    this.#live = new LiveConnections(options.denyList, this.#limits);
    this.#caps = new ConnectionCaps(this.#proxies, this.#limits);
    this.#desktops = new DesktopProxy(this.#live, this.#caps, new Targets(options.targets), this.#limits, this.traffic);
    this.server = createServer(tuneServer(this.#limits));
    this.server.on('request', (request, response) => void this.#onRequest(request, response));
    this.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => this.#onUpgrade(request, socket, head));
    guardConnections(this.server, this.#caps);
    answerBrokenRequests(this.server);
    const stalled = new StalledClients();
    this.#looks = setInterval(() => stalled.look(this.#caps.sockets), this.#limits.stallMs).unref();
  }

  /** How many requests and sockets are open to desktops. */
  get desktopConnections(): number {
    return this.#live.size;
  }

  /** How many connections are open to clients. */
  get connections(): number {
    return this.#caps.size;
  }

  /** It takes no more. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** @throws DeskhandError `PORT_IN_USE`, `CONFIGURATION_INVALID` */
  listen(port: number, host: string, options: ListenOptions = {}): Promise<AddressInfo> {
    return listenOn(this.server, port, host, options);
  }

  /** Takes no more, closes what is open to desktops a few at a time, gives requests in flight `closeMs`, then cuts what is left. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const { closeMs } = this.#limits;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    const timer = setTimeout(() => this.#caps.destroyAll(), closeMs);
    await Promise.all([this.#live, this.#adminSockets].map((open) => open?.drain(closeMs * DRAIN_SHARE)));
    await closed;
    clearTimeout(timer);
    clearInterval(this.#looks);
    this.#caps.destroyAll();
    await Promise.all(Object.values(this.#forwarders).map((forwarder) => forwarder?.close()));
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const traceId = newTraceId();
    try {
      const { path, client, route } = this.#enter(request, response);
      if (this.#isClosing) response.shouldKeepAlive = false;
      const bodyBytes = route.kind === 'speedtest' ? MAX_UPLOAD_BYTES : this.#limits.bodyBytes;
      limitBody(request, bodyBytes, (error) => answerProblem(response, error, traceId));
      const forwarder = route.kind === 'desktop' || route.kind === 'health' ? undefined : this.#forwarders[route.kind];
      if (forwarder) {
        const origin = { client, traceId, refused: this.#refusedFrom(request) };
        if (path === '/readyz') return await answerReadiness(this.#options.readiness, forwarder, [request, response, origin]);
        return await forwarder.forward(request, response, origin);
      }
      switch (route.kind) {
        case 'health':
          return answerHealth(request, response, traceId);
        case 'desktop': {
          const grant = await this.#admission.admit(request.headers, route.desktop, client.secure);
          return await this.#desktops.call(grant, route.inside, request, response, traceId);
        }
        case 'speedtest':
          if (route.inside === '') return this.#website.answer(path, request, response, traceId, client.secure);
          return this.#speedTest.answer(route.inside, request, response, client, traceId);
        default:
          return this.#website.answer(path, request, response, traceId, client.secure);
      }
    } catch (thrown) {
      if (response.destroyed) return;
      answerProblem(response, this.#note(thrown, request, traceId), traceId);
    }
  }

  #onUpgrade(request: IncomingMessage, client: Socket, head: Buffer): void {
    const traceId = newTraceId();
    client.on('error', destroyIt);
    if (isAnswering(client)) return void client.destroy();
    const refuse = (thrown: unknown): void => {
      if (!client.destroyed) endWithProblem(client, this.#note(thrown, request, traceId), traceId);
    };
    try {
      const { route, client: browser } = this.#enter(request);
      const upgrade = { request, client, head, traceId, refuse };
      if (route.kind === 'admin' && this.#adminSockets) {
        const origin = { client: browser, traceId, refused: this.#refusedFrom(request) };
        return void this.#adminSockets.open(upgrade, origin).catch(refuse);
      }
      if (route.kind !== 'desktop') throw new DeskhandError('NOT_FOUND');
      const { desktop, inside } = route;
      const admitted = this.#admission.admit(request.headers, desktop, browser.secure);
      // Not awaited where it is known: an open is a matter of microseconds.
      if (admitted instanceof Promise) admitted.then((grant) => this.#desktops.open(grant, inside, upgrade)).catch(refuse);
      else this.#desktops.open(admitted, inside, upgrade);
    } catch (thrown) {
      refuse(thrown);
    }
  }

  /** @param response none where it is an upgrade */
  #enter(request: IncomingMessage, response?: ServerResponse): Visit {
    const path = withinLimits(request, this.#limits);
    const client = clientOf(request, this.#proxies);
    const route = routeOf(path);
    // Whoever probes by address, as a kubelet does, learns nothing that a name would have to protect.
    if (route.kind !== 'health') this.#hosts.check(request, client);
    fromOwnOrigin(request, client, { path, route, isUpgrade: response === undefined });
    if (!this.#caps.lend(request.socket, client.address, response)) throw new DeskhandError('TOO_MANY_CONNECTIONS');
    this.traffic.request(route.kind);
    return { path, client, route };
  }

  #refusedFrom({ socket }: IncomingMessage): ReadonlySet<string> {
    return this.#proxyHeaders.size === 0 || this.#proxies.has(plainAddress(socket.remoteAddress)) ? NONE : this.#proxyHeaders;
  }

  /** What failed on our side is the operator's to read; what the client did wrong is not worth a line in a log that it could flood. */
  #note(thrown: unknown, { method, url }: IncomingMessage, traceId: string): DeskhandError {
    const error = toDeskhandError(thrown);
    this.traffic.refusal(error.code);
    const fields = () => ({ traceId, code: error.code, method, path: url?.split('?')[0], cause: causeOf(error) });
    if (error.code === 'INTERNAL_ERROR') this.#options.logger.error({ ...fields(), err: error.cause }, error.message);
    else if (error.status >= 500) this.#options.logger.warn(fields(), error.message);
    else if (this.#options.logger.isLevelEnabled?.('debug')) this.#options.logger.debug(fields(), error.message);
    return error;
  }
}

function destroyIt(this: Socket): void {
  this.destroy();
}

const causeOf = ({ cause }: DeskhandError): string | undefined => (cause instanceof Error ? cause.message : undefined);

/** Reads the website into memory; listens when it is told to. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  return new Gateway(options, await Website.read(options.website?.folder, options.website?.name));
}

function guardConnections(server: Server, caps: ConnectionCaps): void {
  server.on('connection', (socket: Socket) => {
    if (!caps.take(socket)) endWithProblem(socket, new DeskhandError('TOO_MANY_CONNECTIONS'), newTraceId());
  });
}
