/** The opening handshake of WebSockets (RFC 6455, section 4), both ends of it: we answer browsers ourselves and ask agents ourselves. */
import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { DeskhandError, randomText } from '#libs/common';
import { PROOF_HEADER } from '#libs/tokens';
import type { AnswerHead } from './answer-head.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

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
  // Its bytes would be taken for the WebSocket's by one side and for a body by another.
  if (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0')
    throw new DeskhandError('INVALID_REQUEST', 'An upgrade has no body.');
  if (key === undefined || !/^[A-Za-z0-9+/]{22}==$/.test(key))
    throw new DeskhandError('INVALID_REQUEST', 'Sec-WebSocket-Key is 16 bytes in base64.');
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
  if (offered === undefined || subprotocol === undefined) return { key };
  if (!offered.includes(subprotocol)) throw new DeskhandError('INVALID_REQUEST', `The subprotocol here is ${subprotocol}.`);
  return { key, subprotocol };
}

/** The 101 for the browser: ours, so nothing that a desktop says is in it. */
export function clientAnswer({ key, subprotocol }: ClientHandshake, traceId: string): string {
  const chosen = subprotocol === undefined ? '' : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`;
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\n${chosen}x-trace-id: ${traceId}\r\n\r\n`;
}

/** The question for an agent, and whether its answer fits. No extensions: what is not negotiated here cannot differ at the two ends. */
export class AgentHandshake {
  readonly request: string;
  readonly #key = randomText(16, 'base64');
  readonly #subprotocol: string | undefined;

  constructor({ host, path, proof, subprotocol }: { host: string; path: string; proof: string; subprotocol: string | undefined }) {
    const offered = subprotocol === undefined ? '' : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`;
    this.#subprotocol = subprotocol;
    this.request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${this.#key}\r\n${offered}${PROOF_HEADER}: ${proof}\r\n\r\n`;
  }

  isAccepted({ status, headers }: AnswerHead): boolean {
    return (
      status === 101 &&
      headers.get('upgrade')?.toLowerCase() === 'websocket' &&
      headers.get('connection')?.toLowerCase() === 'upgrade' &&
      headers.get('sec-websocket-accept') === acceptOf(this.#key) &&
      headers.get('sec-websocket-protocol') === this.#subprotocol &&
      !headers.has('sec-websocket-extensions')
    );
  }
}
