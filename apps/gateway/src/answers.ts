/** How the gateway itself says no: one problem document, on an ordinary answer or on a bare socket. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type DeskhandError, problemHeaders, randomText, toProblem } from '#libs/common';

/** How long a client that was refused may go on sending; what it sends is thrown away. */
const LINGER_MS = 1_000;

/** 32 hexadecimal digits: the form that W3C Trace Context gives a trace id. */
export const newTraceId = (): string => randomText(16, 'hex');

/** The answer as a problem document; an answer that has begun can only be cut off. */
export function answerProblem(response: ServerResponse, error: DeskhandError, traceId: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = Buffer.from(JSON.stringify(toProblem(error, traceId)));
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.writeHead(error.status, {
    ...problemHeaders(error),
    'content-length': body.length,
    'x-content-type-options': 'nosniff',
    'x-trace-id': traceId,
    ...(isSending(response.req) ? { connection: 'close' } : {}),
  });
  endAnswer(response, body);
}

/** Whether a body is still on its way: an answer now has to be the last one on its connection. */
export const isSending = ({ headers, complete }: IncomingMessage): boolean =>
  !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0);

/**
 * Ends an answer, also one to a client that still sends: closing at once would reset the connection, and the answer would be lost on the way.
 * @param last of its bytes
 */
export function endAnswer(response: ServerResponse, last: Buffer | undefined): void {
  if (!isSending(response.req)) {
    response.end(last);
    return;
  }
  if (last) response.write(last);
  response.req.resume();
  const timer = setTimeout(() => response.end(), LINGER_MS);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  response.req.once('end', end).once('close', end);
}

/** The same on a socket that has no answer object: a refused upgrade, or bytes that were no HTTP. Ends the connection. */
export function endWithProblem(socket: Socket, error: DeskhandError, traceId: string, extra: Readonly<Record<string, string>> = {}): void {
  const body = JSON.stringify(toProblem(error, traceId));
  const headers = {
    ...problemHeaders(error),
    'content-length': String(Buffer.byteLength(body)),
    'x-content-type-options': 'nosniff',
    'x-trace-id': traceId,
    connection: 'close',
    ...extra,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => socket.destroy());
  socket.write(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${body}`);
  socket.destroySoon();
}
