/** A gateway with keys of its own, a small api in this process, and requests that browsers could not send. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { createGateway, DenyList, type Gateway, type GatewayOptions, type Upstream } from '#apps/gateway';
import { type DesktopGrant, DesktopTokenIssuer, DesktopTokenVerifier, KeyRing } from '#libs/tokens';

export const DESKTOP = 'abcdefghijklmnopqrstuvwxyz';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface GatewayRig {
  readonly gateway: Gateway;
  readonly port: number;
  readonly denyList: DenyList;
  /** The secret of run 1 of {@link DESKTOP}. */
  readonly secret: Uint8Array;
  readonly logged: object[];
  token(changes?: Partial<Omit<DesktopGrant, 'target'>> & { port?: number; address?: string }): Promise<string>;
  ask(path: string, options?: { method?: string; headers?: OutgoingHttpHeaders; body?: string | Buffer }): Promise<Answer>;
  /** Sends bytes as they are; what comes back until the connection closes. */
  raw(text: string | Buffer): Promise<string>;
  close(): Promise<void>;
}

/** A website as the build leaves it, small. */
export async function writeWebsite(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(folder, 'assets'), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

export async function startGatewayRig(api: Upstream, options: Partial<GatewayOptions> = {}): Promise<GatewayRig> {
  const folder = await mkdtemp(join(tmpdir(), 'deskhand-gateway-'));
  const ring = await KeyRing.open(join(folder, 'keys'));
  const issuer = new DesktopTokenIssuer(ring, 'test');
  const denyList = new DenyList();
  const secret = randomBytes(32);
  const logged: object[] = [];
  const log = (fields: object, message: string) => void logged.push({ ...fields, message });
  const gateway = await createGateway({
    upstreams: { api },
    tokens: new DesktopTokenVerifier(ring, 'test'),
    denyList,
    allowedHosts: [],
    trustedProxies: [],
    targets: { loopback: true },
    logger: { debug: () => undefined, warn: log, error: log },
    ...options,
  });
  const { port } = await gateway.listen(0, '127.0.0.1');
  return {
    gateway,
    port,
    denyList,
    secret,
    logged,
    token: async ({ port: agentPort = 1, address = '127.0.0.1', ...grant } = {}) => {
      const base = { userId: 'u', sessionId: 's1', desktop: DESKTOP, run: 1, scopes: ['control'] as const };
      return (await issuer.issue({ ...base, ...grant, target: { address, port: agentPort, secret } })).token;
    },
    ask: (path, { method = 'GET', headers = {}, body } = {}) => ask(port, path, method, headers, body),
    raw: (text) => raw(port, text),
    close: async () => {
      await gateway.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function ask(port: number, path: string, method: string, headers: OutgoingHttpHeaders, body?: string | Buffer): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (incoming) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('error', reject);
    incoming.on('end', () =>
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(pieces).toString() }),
    );
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

function raw(port: number, text: string | Buffer): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const pieces: Buffer[] = [];
  const socket = connect(port, '127.0.0.1', () => socket.write(text));
  socket.on('data', (piece) => pieces.push(piece));
  socket.on('error', () => undefined);
  socket.on('close', () => resolve(Buffer.concat(pieces).toString()));
  return promise;
}

export const DISPLAY = `/d/${DESKTOP}/display`;
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Opens a WebSocket, whatever comes of it. */
export function openWebSocket(port: number, path: string, headers: Readonly<Record<string, string>>, protocols = ['binary']): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { headers, perMessageDeflate: true });
  socket.on('error', () => undefined);
  return socket;
}

/** How a WebSocket is refused: status and code. */
export async function refusalOf(socket: WebSocket): Promise<[number, string]> {
  const [, response] = await once(socket, 'unexpected-response');
  let body = '';
  for await (const piece of response) body += piece;
  return [response.statusCode, JSON.parse(body).code];
}

/** An opening handshake, for those who speak WebSocket by hand. */
export const upgradeRequest = (token: string) =>
  `GET ${DISPLAY} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: binary\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
