/** The opening handshake of WebSockets (RFC 6455, section 4), both ends of it: we answer browsers ourselves and ask agents ourselves. */
import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { DeskhandError, randomText } from '#libs/common';
import type { AnswerHead } from './answer-head.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const END = '\r\n\r\n';

/** What proves that somebody understood a `Sec-WebSocket-Key`. */
export const acceptOf = (key: string): string => hash('sha1', key + GUID, 'base64');

/** What a browser asked for, found right. */
export interface ClientHandshake {
  readonly key: string;
  readonly subprotocol?: string;
}

/** @throws DeskhandError `INVALID_REQUEST` */
export function readClientHandshake({ headers, httpVersion }: IncomingMessage, subprotocol: string | undefined): ClientHandshake {
  const key = headers['sec-websocket-key'];
  if (httpVersion !== '1.1' || headers['sec-websocket-version'] !== '13')
    throw new DeskhandError('INVALID_REQUEST', 'WebSockets are spoken here in version 13, over HTTP/1.1.');
  if (key === undefined || !/^[A-Za-z0-9+/]{22}==$/.test(key))
    throw new DeskhandError('INVALID_REQUEST', 'Sec-WebSocket-Key is 16 bytes in base64.');
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
  if (offered === undefined || subprotocol === undefined) return { key };
  if (!offered.includes(subprotocol)) throw new DeskhandError('INVALID_REQUEST', `The subprotocol here is ${subprotocol}.`);
  return { key, subprotocol };
}

/** The 101 for the browser: ours, so nothing that a desktop says is in it. */
export function clientAnswer({ key, subprotocol }: ClientHandshake, traceId: string): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${acceptOf(key)}`];
  return [...lines, ...(subprotocol ? [`Sec-WebSocket-Protocol: ${subprotocol}`] : []), `x-trace-id: ${traceId}`].join('\r\n') + END;
}

/** The question for an agent, and whether its answer fits. No extensions: what is not negotiated here cannot differ at the two ends. */
export function askAgent(question: { host: string; path: string; subprotocol?: string; headers: Readonly<Record<string, string>> }) {
  const key = randomText(16, 'base64');
  const { host, path, subprotocol, headers } = question;
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
    ...(subprotocol ? [`Sec-WebSocket-Protocol: ${subprotocol}`] : []),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return {
    request: lines.join('\r\n') + END,
    isAccepted: ({ status, headers: answer }: AnswerHead): boolean =>
      status === 101 &&
      answer.get('upgrade')?.toLowerCase() === 'websocket' &&
      answer.get('connection')?.toLowerCase() === 'upgrade' &&
      answer.get('sec-websocket-accept') === acceptOf(key) &&
      answer.get('sec-websocket-protocol') === subprotocol &&
      !answer.has('sec-websocket-extensions'),
  };
}
