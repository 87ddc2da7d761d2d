/** The agent's one port: checks the proof of every caller before anything else, and hands the request to what it asks for. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { DeskhandError, listenFault, problemHeaders, toDeskhandError, toProblem } from '#libs/common';
import { AgentProofVerifier, type AgentScope, PROOF_HEADER } from '#libs/tokens';
import { ANY_ADDRESS } from './agent-configuration.js';
import { type Asked, findRoute } from './agent-routes.js';
import type { AgentStatus } from './agent-status.js';
import { parseAnnouncement, parseApplicationLaunch } from './application-launch.js';
import type { Applications } from './applications.js';
import type { DisplaySockets } from './display-sockets.js';
import type { EventSockets } from './event-sockets.js';
import type { PlacedApplications } from './placed-applications.js';
import type { StatusStreams } from './status-streams.js';
import type { Windows } from './windows.js';

const MAX_SOCKETS = 256;
const MAX_REQUESTS = 64;
const MAX_BODY_BYTES = 128 * 1024;
/** Longest message of a browser; a clipboard text comes in several. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

export interface Served {
  readonly display: DisplaySockets;
  readonly events: EventSockets;
  readonly streams: StatusStreams;
  readonly windows: Windows;
  readonly applications: Applications;
  readonly placed: PlacedApplications;
  readonly status: () => AgentStatus;
}

export class AgentServer {
  readonly #verifier: AgentProofVerifier;
  readonly #served: Served;
  readonly #http = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 5_000,
      requestTimeout: 10_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 2_000,
    },
    (request, response) => void this.#answer(request, response),
  );
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => (offered.has('binary') ? 'binary' : false),
  });
  /** What the 101 of a request has to prove. */
  readonly #answers = new WeakMap<IncomingMessage, string>();
  #requests = 0;

  constructor(identity: ConstructorParameters<typeof AgentProofVerifier>[0], served: Served) {
    this.#verifier = new AgentProofVerifier(identity);
    this.#served = served;
    this.#http.maxConnections = MAX_SOCKETS;
    this.#http.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket as Socket, head));
    this.#http.on('clientError', (_error, socket) => socket.destroy());
    this.#webSockets.on('headers', (headers, request) => headers.push(`${PROOF_HEADER}: ${this.#answers.get(request)}`));
  }

  /** @throws DeskhandError `PORT_IN_USE`, or `CONFIGURATION_INVALID` for an address that is not of this machine */
  async listen(host: string, port: number): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', (error) => reject(listenFault(error, port, host)));
      this.#http.listen({ ...(host === ANY_ADDRESS ? {} : { host }), port, backlog: 128 }, resolve);
    });
    return this.#http.address() as AddressInfo;
  }

  /** Takes nobody any more and lets go of those who do not leave by themselves. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#http.close(resolve));
    this.#http.closeIdleConnections();
    setTimeout(() => this.#http.closeAllConnections(), 500);
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 1_000))]);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    this.#requests++;
    try {
      const { scopes, answer } = this.#verifier.verify(proofOf(request), method, url);
      response.setHeader(PROOF_HEADER, answer);
      if (this.#requests > MAX_REQUESTS) throw new DeskhandError('TOO_MANY_CONNECTIONS', undefined, { retryAfter: 1 });
      await this.#handle(findRoute(method, url, scopes), request, response);
    } catch (error) {
      const { status, headers, body } = problem(request, error);
      if (response.headersSent) response.destroy();
      // What is left of the body is not read.
      else response.writeHead(status, { ...headers, ...(request.complete ? {} : { connection: 'close' }) }).end(body);
    } finally {
      this.#requests--;
    }
  }

  async #handle({ name, id }: Asked, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { windows, applications, placed, streams, status } = this.#served;
    switch (name) {
      case 'windows':
        return json(response, 200, { items: windows.list });
      case 'activateWindow':
        await windows.activate(id);
        return void response.writeHead(204).end();
      case 'closeWindow':
        await windows.close(id);
        return void response.writeHead(204).end();
      case 'status':
        return json(response, 200, status());
      case 'statusStream':
        return streams.add(response);
      case 'launch': {
        const launch = parseApplicationLaunch(await readBody(request));
        if (!placed.has(launch.id)) applications.launch(launch);
        return json(response, 202, { id: launch.id });
      }
      case 'announce': {
        const announcement = parseAnnouncement(id, await readBody(request));
        if (!applications.has(id)) placed.announce(announcement);
        return json(response, 202, { id });
      }
      case 'stopApplication':
        if (placed.has(id)) placed.stop(id);
        else applications.stop(id);
        return json(response, 202, { id });
      case 'applicationLog':
        if (placed.has(id))
          throw new DeskhandError('APPLICATION_NOT_FOUND', 'Whoever started this launch has its output; the agent has none.');
        response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
        return void response.end(applications.log(id));
      case 'display':
      case 'events':
        throw new DeskhandError('INTERNAL_ERROR');
    }
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const { method = '', url = '' } = request;
    let answer: string | undefined;
    socket.on('error', () => {});
    try {
      const verified = this.#verifier.verify(proofOf(request), method, url);
      answer = verified.answer;
      this.#answers.set(request, answer);
      const { name } = findRoute(method === 'GET' ? 'WS' : method, url, verified.scopes);
      const upgrade = (opened: (webSocket: WebSocket) => void) => this.#webSockets.handleUpgrade(request, socket, head, opened);
      await this.#open(name, verified.scopes, socket, upgrade);
    } catch (error) {
      refuse(socket, problem(request, error), answer);
    }
  }

  async #open(
    name: Asked['name'],
    scopes: ReadonlySet<AgentScope>,
    socket: Socket,
    upgrade: (opened: (webSocket: WebSocket) => void) => void,
  ): Promise<void> {
    const { display, events } = this.#served;
    if (name === 'display') return display.admit(scopes, socket, upgrade);
    events.checkRoom();
    upgrade((webSocket) => events.add(webSocket));
  }
}

const proofOf = (request: IncomingMessage): string | undefined => {
  const header = request.headers[PROOF_HEADER];
  return typeof header === 'string' ? header : undefined;
};

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) throw new DeskhandError('UNSUPPORTED_MEDIA_TYPE');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new DeskhandError('BODY_TOO_LARGE', `The body is larger than ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function problem(request: IncomingMessage, thrown: unknown): { status: number; headers: OutgoingHttpHeaders; body: string } {
  const error = toDeskhandError(thrown);
  if (error.code === 'INTERNAL_ERROR') console.error(error.cause ?? error);
  const trace = request.headers['x-trace-id'];
  const traceId = typeof trace === 'string' && /^[\w-]{1,64}$/.test(trace) ? trace : randomUUID();
  const body = JSON.stringify(toProblem(error, traceId));
  return {
    status: error.status,
    headers: { ...problemHeaders(error), 'x-trace-id': traceId, 'content-length': Buffer.byteLength(body) },
    body,
  };
}

/** Answers an upgrade that is not granted; there is no ServerResponse for it. */
function refuse(socket: Socket, { status, headers, body }: ReturnType<typeof problem>, answer: string | undefined): void {
  if (socket.destroyed) return;
  const all = { ...headers, connection: 'close', ...(answer ? { [PROOF_HEADER]: answer } : {}) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  socket.setTimeout(5_000, () => socket.destroy());
}
