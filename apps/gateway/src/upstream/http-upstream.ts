/** An upstream in another process: kept connections, time-outs, and answers that stream through as they come. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import { DeskhandError } from '#libs/common';
import type { GatewayLimits } from '../gateway.options.js';

const CONNECTIONS = 64;
/** An event stream that says nothing for so long, not even a comment, is dead. */
const SILENCE_MS = 300_000;
/** Headers that mean one connection only (RFC 9110, 7.6.1), beside those that `Connection` names. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
];

type Headers = Record<string, string | string[] | undefined>;

export class HttpUpstream {
  readonly #pool: Pool;

  constructor({ origin }: URL, limits: Pick<GatewayLimits, 'connectMs' | 'upstreamAnswerMs'>) {
    this.#pool = new Pool(origin, {
      connections: CONNECTIONS,
      pipelining: 1,
      connect: { timeout: limits.connectMs },
      headersTimeout: limits.upstreamAnswerMs,
      bodyTimeout: SILENCE_MS,
    });
  }

  forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { method, url: path = '/', headers } = request;
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    const options = { method: method as Dispatcher.HttpMethod, path, headers: endToEnd(headers, ['host']), body: hasBody ? request : null };
    this.#pool.dispatch(options, relay(response, resolve, reject));
    return promise;
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

function relay(response: ServerResponse, resolve: () => void, reject: (error: Error) => void): Dispatcher.DispatchHandler {
  let isOver = false;
  return {
    onRequestStart: (controller) => {
      const giveUp = () => isOver || controller.abort(new Error('the client has gone'));
      if (response.destroyed) giveUp();
      else response.once('close', giveUp);
    },
    onResponseStart: (_, status, headers) => {
      if (status < 200) return;
      for (const [name, value] of Object.entries(endToEnd(headers))) if (value !== undefined) response.setHeader(name, value);
      response.writeHead(status);
      // An event stream's head must not wait for its first event.
      response.flushHeaders();
    },
    onResponseData: (controller, piece) => {
      if (response.write(piece)) return;
      controller.pause();
      response.once('drain', () => controller.resume());
    },
    onResponseEnd: () => {
      isOver = true;
      response.end();
      resolve();
    },
    onResponseError: (_, cause) => {
      isOver = true;
      reject(new DeskhandError('UPSTREAM_UNAVAILABLE', undefined, {}, { cause }));
    },
  };
}

function endToEnd(headers: Headers, without: readonly string[] = []): Headers {
  const named = [headers.connection ?? []].flat().flatMap((value) => value.toLowerCase().split(/\s*,\s*/));
  const dropped = new Set([...HOP_BY_HOP, ...named, ...without]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name)));
}
