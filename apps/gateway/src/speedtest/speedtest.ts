/** The line check: LibreSpeed's protocol (`garbage`, `empty`, `getIP`), streamed and capped, so that measuring one line does not fill all others. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIPv4 } from 'node:net';
import { DeskhandError } from '#libs/common';
import type { Client } from '../passes/client.js';

const MEBI = 1024 * 1024;
/** What LibreSpeed sends where nothing else is asked for, and the most that is sent, in mebibytes. */
const DEFAULT_CHUNKS = 4;
const MAX_CHUNKS = 128;
/** What its uploads send in one request is 20 MiB. */
export const MAX_UPLOAD_BYTES = 32 * MEBI;
const MAX_STREAMS = 64;
/** LibreSpeed opens six for one test. */
const MAX_STREAMS_PER_ADDRESS = 12;
/** What takes longer than any test is ended. */
const LONGEST_MS = 60_000;

const HEADERS = { 'cache-control': 'no-store, no-cache, no-transform', 'x-content-type-options': 'nosniff' };

export class SpeedTest {
  readonly #perAddress = new Map<string, number>();
  #streams = 0;
  /** Random, so that nothing on the way can make it smaller; made when the first test is. */
  #garbage: Buffer | undefined;

  /**
   * @param inside path behind `/speedtest/`
   * @throws DeskhandError `NOT_FOUND`, `METHOD_NOT_ALLOWED`, `TOO_MANY_REQUESTS`
   */
  answer(inside: string, request: IncomingMessage, response: ServerResponse, client: Client, traceId: string): void {
    const headers = { ...HEADERS, 'x-trace-id': traceId };
    switch (inside) {
      case 'garbage':
        allow(request, ['GET', 'HEAD']);
        this.#send(request, response, client, headers);
        break;
      case 'empty':
        allow(request, ['GET', 'HEAD', 'POST']);
        if (request.method === 'POST') this.#take(response, client);
        receive(request, response, headers);
        break;
      case 'getIP': {
        allow(request, ['GET', 'HEAD']);
        const body = JSON.stringify({ processedString: describe(client.address), rawIspInfo: '' });
        response.writeHead(200, { ...headers, 'content-type': 'application/json', 'content-length': body.length }).end(body);
        break;
      }
      default:
        throw new DeskhandError('NOT_FOUND');
    }
  }

  /** A place among all that load a line, free again when the answer has ended. @throws DeskhandError `TOO_MANY_REQUESTS` */
  #take(response: ServerResponse, { address }: Client): void {
    const ofAddress = this.#perAddress.get(address) ?? 0;
    if (this.#streams >= MAX_STREAMS || ofAddress >= MAX_STREAMS_PER_ADDRESS)
      throw new DeskhandError('TOO_MANY_REQUESTS', 'Too many speed tests run at once.', { retryAfter: 10 });
    this.#streams += 1;
    this.#perAddress.set(address, ofAddress + 1);
    const timer = setTimeout(() => response.destroy(), LONGEST_MS);
    response.once('close', () => {
      clearTimeout(timer);
      this.#streams -= 1;
      const others = (this.#perAddress.get(address) ?? 1) - 1;
      if (others > 0) this.#perAddress.set(address, others);
      else this.#perAddress.delete(address);
    });
  }

  #send(request: IncomingMessage, response: ServerResponse, client: Client, headers: Readonly<Record<string, string>>): void {
    let left = chunksOf(request.url ?? '');
    const known = { ...headers, 'content-type': 'application/octet-stream', 'content-disposition': 'attachment; filename=random.dat' };
    this.#take(response, client);
    response.writeHead(200, { ...known, 'content-length': left * MEBI });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    this.#garbage ??= randomBytes(MEBI);
    const garbage = this.#garbage;
    const fill = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= 1;
        if (!response.write(garbage)) return void response.once('drain', fill);
      }
      if (!response.destroyed) response.end();
    };
    fill();
  }
}

/** Whatever is sent is thrown away; the answer comes when it is all there. */
function receive(request: IncomingMessage, response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  request.resume();
  request.once('end', () => {
    if (!response.headersSent) response.writeHead(200, { ...headers, 'content-length': 0 }).end();
  });
}

function allow({ method = '' }: IncomingMessage, methods: readonly string[]): void {
  if (!methods.includes(method)) throw new DeskhandError('METHOD_NOT_ALLOWED', undefined, { allow: methods });
}

function chunksOf(url: string): number {
  const asked = Number(new URLSearchParams(url.split('?')[1]).get('ckSize') ?? DEFAULT_CHUNKS);
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, MAX_CHUNKS) : DEFAULT_CHUNKS;
}

/** In the words of LibreSpeed, whose pages show them as they are. */
function describe(address: string): string {
  if (/^127\.|^::1$/.test(address)) return `${address} - localhost ${isIPv4(address) ? 'IPv4' : 'IPv6'} access`;
  if (/^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(address)) return `${address} - private IPv4 access`;
  if (/^fe80:/i.test(address)) return `${address} - link-local IPv6 access`;
  if (/^f[cd]/i.test(address)) return `${address} - ULA IPv6 access`;
  return address;
}
