/** A request as it goes on to an upstream: its head with our own word on who the client is, and its body as it comes. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { GATEWAY_HEADER } from '#libs/tokens';
import type { Client } from '../passes/client.js';
import { endToEnd } from './hop-by-hop.js';

/** Who asks, in our own words; what the client said of this goes. */
export interface Origin {
  readonly client: Client;
  readonly traceId: string;
  /** Headers that this client may not set, in lower case: only listed proxies may. */
  readonly refused: ReadonlySet<string>;
}

const isOurs = (name: string): boolean =>
  name.startsWith('x-')
    ? name.startsWith('x-forwarded-') || name.startsWith('x-deskhand-') || name === 'x-real-ip' || name === 'x-trace-id'
    : name === 'forwarded' || name === 'via';
const isCredential = (name: string): boolean => name === 'cookie' || name === 'authorization';

const FRAMED_BY_US: ReadonlySet<string> = new Set(['host', 'content-length']);

/** The headers that only we may send. */
export const claimsOf = ({ client, traceId }: Origin): Readonly<Record<string, string>> => ({
  'x-forwarded-for': client.address,
  'x-forwarded-proto': client.secure ? 'https' : 'http',
  'x-forwarded-host': client.host,
  'x-trace-id': traceId,
});

/** For a listener in this process: the same headers as on a line. */
export function claimHeaders(request: IncomingMessage, origin: Origin): void {
  const { headers } = request;
  for (const name of Object.keys(headers)) if (isOurs(name) || origin.refused.has(name)) delete headers[name];
  Object.assign(headers, claimsOf(origin));
}

/** The server that is asked. */
export interface Asked {
  /** As its address has it, with the port where that is not the usual one. */
  readonly host: string;
  /** Whether cookies and authorization go on, and cookies come back: with the control plane's own parts only. */
  readonly withCredentials: boolean;
  /** For the control plane, which then takes our word on who the client is: {@link gatewayPass}. */
  readonly pass?: string | undefined;
}

export function requestHead(request: IncomingMessage, origin: Origin, asked: Asked): string {
  return `${linesOf(request, origin, asked)}${framingOf(request)}\r\n`;
}

/** The same for a WebSocket. Without extensions: what is not negotiated there cannot differ from our own answer. */
export function upgradeHead(request: IncomingMessage, origin: Origin, asked: Asked): string {
  const refused = new Set([...origin.refused, 'sec-websocket-extensions']);
  return `${linesOf(request, { ...origin, refused }, asked)}connection: Upgrade\r\nupgrade: websocket\r\n\r\n`;
}

function linesOf(request: IncomingMessage, origin: Origin, { host, pass, withCredentials }: Asked): string {
  const { method, url, rawHeaders } = request;
  const { refused } = origin;
  const kept = endToEnd(
    rawHeaders,
    (name) => FRAMED_BY_US.has(name) || isOurs(name) || refused.has(name) || (!withCredentials && isCredential(name)),
  );
  let text = `${method} ${url} HTTP/1.1\r\nhost: ${host}\r\n`;
  if (pass !== undefined) text += `${GATEWAY_HEADER}: ${pass}\r\n`;
  for (let index = 0; index < kept.length; index += 2) text += `${kept[index]}: ${kept[index + 1]}\r\n`;
  for (const [name, value] of Object.entries(claimsOf(origin))) text += `${name}: ${value}\r\n`;
  return text;
}

/**
 * How long the body is, in our own words: a client that names these among the headers of its connection must not take them out, or the upstream would take
 * its body for the next request (RFC 9112, 11.2).
 */
function framingOf(request: IncomingMessage): string {
  const length = request.headers['content-length'];
  if (isChunked(request)) return 'transfer-encoding: chunked\r\n';
  return length === undefined ? '' : `content-length: ${length}\r\n`;
}

const isChunked = ({ headers }: IncomingMessage): boolean => headers['transfer-encoding'] !== undefined;
export const hasBody = (request: IncomingMessage): boolean => isChunked(request) || Number(request.headers['content-length'] ?? 0) > 0;

/**
 * Sends the body, no faster than the upstream takes it; what an upstream that has gone, or has answered already, does not take any more is thrown away.
 * @param onSent called when it is all on its way
 */
export function sendBody(request: IncomingMessage, socket: Socket, onSent: () => void): void {
  const chunked = isChunked(request);
  const onDrain = () => void request.resume();
  const onData = (piece: Buffer): void => {
    if (chunked) socket.write(`${piece.length.toString(16)}\r\n`, 'latin1');
    const goesOn = socket.write(piece);
    if (chunked) socket.write('\r\n', 'latin1');
    if (!goesOn) request.pause();
  };
  const onEnd = (): void => {
    stop();
    if (chunked) socket.write('0\r\n\r\n', 'latin1');
    onSent();
  };
  const stop = (): void => {
    socket.off('drain', onDrain).off('close', stop);
    request.off('data', onData).off('end', onEnd).resume();
  };
  socket.on('drain', onDrain).on('close', stop);
  request.on('data', onData).on('end', onEnd);
}
