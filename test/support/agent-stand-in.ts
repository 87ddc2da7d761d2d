/** Stands in for a desktop's agent where the gateway is tested: speaks docs/agent-protocol.md, does as it is told, and can lie. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { type AgentIdentity, AgentProofVerifier, type AgentScope, PROOF_HEADER } from '#libs/tokens';

export interface AgentStandIn {
  readonly port: number;
  /** What came in, oldest first. */
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers']; scopes: readonly AgentScope[] }[];
  /** Open sockets, upgraded or not. */
  readonly sockets: Set<Socket>;
  close(): Promise<void>;
}

export interface AgentBehaviour {
  readonly onWebSocket?: (socket: WebSocket) => void;
  readonly onRequest?: (request: IncomingMessage, response: ServerResponse) => void;
  /** What it sends as its own proof; the right one by default. */
  readonly answerProof?: (right: string) => string | undefined;
  /** Answers an upgrade itself, on the bare socket. */
  readonly onUpgrade?: (socket: Socket, proof: string) => void;
}

export async function startAgentStandIn(identity: AgentIdentity, behaviour: AgentBehaviour = {}): Promise<AgentStandIn> {
  const verifier = new AgentProofVerifier(identity);
  const requests: AgentStandIn['requests'] = [];
  const sockets = new Set<Socket>();
  const answers = new WeakMap<IncomingMessage, string | undefined>();
  const admit = (request: IncomingMessage): string | undefined => {
    const { method = '', url = '', headers } = request;
    const { scopes, answer } = verifier.verify(headers[PROOF_HEADER] as string | undefined, method, url);
    requests.push({ method, url, headers, scopes: [...scopes] });
    const proof = behaviour.answerProof ? behaviour.answerProof(answer) : answer;
    answers.set(request, proof);
    return proof;
  };

  const server = createServer((request, response) => {
    try {
      const proof = admit(request);
      if (proof) response.setHeader(PROOF_HEADER, proof);
      behaviour.onRequest?.(request, response);
      if (!response.writableEnded && !behaviour.onRequest)
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"items":[]}');
    } catch {
      response.writeHead(401).end();
    }
  });
  const webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: true,
    handleProtocols: (offered) => [...offered][0] ?? false,
  });
  webSockets.on('headers', (lines, request) => {
    const proof = answers.get(request);
    if (proof) lines.push(`${PROOF_HEADER}: ${proof}`);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.end());
    let proof: string | undefined;
    try {
      proof = admit(request);
    } catch {
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    if (behaviour.onUpgrade) {
      socket.resume();
      behaviour.onUpgrade(socket, proof ?? '');
    } else webSockets.handleUpgrade(request, socket, head, (webSocket) => behaviour.onWebSocket?.(webSocket));
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    sockets,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A 101 as the agent has to send it, for the key of the newest request. */
export function upgradeAnswer(agent: AgentStandIn, proof: string, changes: Record<string, string> = {}): string {
  const key = agent.requests.at(-1)!.headers['sec-websocket-key'];
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const headers = {
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-accept': accept,
    'sec-websocket-protocol': 'binary',
    'x-deskhand-proof': proof,
    ...changes,
  };
  const lines = Object.entries(headers).map(([name, value]) => (value === '' ? '' : `${name}: ${value}\r\n`));
  return `HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`;
}
