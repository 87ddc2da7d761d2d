/** The one public port: every request walks the same short list of passes, and ends at the website, the api or a desktop. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { DeskhandError, Networks, toDeskhandError } from '#libs/common';
import { answerProblem, endWithProblem, newTraceId } from './answers.js';
import { ConnectionCaps } from './connection-caps.js';
import { DesktopProxy } from './desktop/desktop-proxy.js';
import { Targets } from './desktop/targets.js';
import { DEFAULT_LIMITS, type GatewayLimits, type GatewayOptions } from './gateway.options.js';
import { LiveConnections } from './live-connections.js';
import { type Client, clientOf } from './passes/client.js';
import { AllowedHosts } from './passes/host.js';
import { limitBody, withinLimits } from './passes/limits.js';
import { fromOwnOrigin } from './passes/origin.js';
import { type Route, routeOf } from './passes/route.js';
import { Admission } from './passes/token.js';
import { answerBrokenRequests, isAnswering, listenOn, tuneServer } from './server.js';
import { claimHeaders, type Forwarder, forwarderTo } from './upstream/forwarder.js';
import { Website } from './website/website.js';

/** A request that came through the passes that all requests go through. */
interface Visit {
  readonly path: string;
  readonly client: Client;
  readonly route: Route;
}

export class Gateway {
  readonly server: Server;
  readonly #limits: GatewayLimits;
  readonly #options: GatewayOptions;
  readonly #website: Website;
  readonly #api: Forwarder;
  readonly #proxies: Networks;
  readonly #hosts: AllowedHosts;
  readonly #admission: Admission;
  readonly #desktops: DesktopProxy;
  readonly #live: LiveConnections;
  readonly #caps: ConnectionCaps;

  constructor(options: GatewayOptions, website: Website) {
    this.#options = options;
    this.#website = website;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#api = forwarderTo(options.upstreams.api, this.#limits);
    this.#proxies = new Networks(options.trustedProxies);
    this.#hosts = new AllowedHosts(options.allowedHosts);
    this.#admission = new Admission(options.tokens, options.denyList);
    this.#live = new LiveConnections(options.denyList);
    this.#desktops = new DesktopProxy(this.#live, new Targets(options.targets), this.#limits);
    this.#caps = new ConnectionCaps(this.#proxies, this.#limits);
    this.server = createServer(tuneServer(this.#limits));
    this.server.on('request', (request, response) => void this.#onRequest(request, response));
    this.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => void this.#onUpgrade(request, socket, head));
    guardConnections(this.server, this.#caps);
    answerBrokenRequests(this.server);
  }

  /** How many requests and sockets are open to desktops. */
  get desktopConnections(): number {
    return this.#live.size;
  }

  /** @throws DeskhandError `PORT_IN_USE` */
  listen(port: number, host: string): Promise<AddressInfo> {
    return listenOn(this.server, port, host);
  }

  /** Takes no more, closes what is open to desktops, gives requests in flight `closeMs`, then cuts what is left. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.#live.closeAll();
    this.server.closeIdleConnections();
    const timer = setTimeout(() => this.#caps.destroyAll(), this.#limits.closeMs);
    await closed;
    clearTimeout(timer);
    await this.#api.close();
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const traceId = newTraceId();
    response.setHeader('x-trace-id', traceId);
    try {
      const { path, client, route } = this.#enter(request, false);
      limitBody(request, this.#limits.bodyBytes, (error) => answerProblem(response, error, traceId));
      switch (route.kind) {
        case 'website':
          return this.#website.answer(path, request, response);
        case 'api':
          claimHeaders(request, client, traceId);
          return await this.#api.forward(request, response);
        case 'desktop': {
          const grant = await this.#admission.admit(request.headers, route.desktop, client.secure);
          return await this.#desktops.call(grant, route.inside, request, response);
        }
      }
    } catch (thrown) {
      if (response.destroyed) return;
      answerProblem(response, this.#note(thrown, request, traceId), traceId);
    }
  }

  async #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const traceId = newTraceId();
    socket.on('error', () => socket.destroy());
    if (isAnswering(socket)) return void socket.destroy();
    try {
      const { client, route } = this.#enter(request, true);
      if (route.kind !== 'desktop') throw new DeskhandError('NOT_FOUND');
      const grant = await this.#admission.admit(request.headers, route.desktop, client.secure);
      await this.#desktops.open(grant, route.inside, request, socket, head, traceId);
    } catch (thrown) {
      if (socket.destroyed) return;
      endWithProblem(socket, this.#note(thrown, request, traceId), traceId);
    }
  }

  #enter(request: IncomingMessage, isUpgrade: boolean): Visit {
    const { path } = withinLimits(request, this.#limits);
    const client = clientOf(request, this.#proxies);
    this.#hosts.check(request, client);
    const route = routeOf(path);
    fromOwnOrigin(request, client, isUpgrade);
    return { path, client, route };
  }

  /** What failed on our side is the operator's to read; what the client did wrong is not worth a line in a log that it could flood. */
  #note(thrown: unknown, { method, url }: IncomingMessage, traceId: string): DeskhandError {
    const error = toDeskhandError(thrown);
    const fields = { traceId, code: error.code, method, path: url?.split('?')[0], cause: causeOf(error) };
    if (error.code === 'INTERNAL_ERROR') this.#options.logger.error({ ...fields, err: error.cause }, error.message);
    else if (error.status >= 500) this.#options.logger.warn(fields, error.message);
    else this.#options.logger.debug(fields, error.message);
    return error;
  }
}

const causeOf = ({ cause }: DeskhandError): string | undefined => (cause instanceof Error ? cause.message : undefined);

/** Reads the website into memory; listens when it is told to. */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  return new Gateway(options, await Website.read(options.website?.folder));
}

function guardConnections(server: Server, caps: ConnectionCaps): void {
  server.on('connection', (socket: Socket) => {
    if (!caps.take(socket)) endWithProblem(socket, new DeskhandError('TOO_MANY_CONNECTIONS'), newTraceId());
  });
}
