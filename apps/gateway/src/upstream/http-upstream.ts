/** An upstream in another process: kept connections, time-outs, and answers that stream through as they come. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DeskhandError } from '#libs/common';
import { endAnswer, isSending } from '../answers.js';
import type { GatewayLimits } from '../gateway.options.js';
import { addressOf } from './address-of.js';
import { type AnswerHead, valuesOf } from './answer-parser.js';
import { endToEnd } from './hop-by-hop.js';
import { type AnswerSink, NotConnected, UpstreamConnection } from './upstream-connection.js';
import { type Asked, hasBody, type Origin, requestHead, sendBody } from './upstream-request.js';

/** More at once than this is refused. An event stream holds one for as long as it lasts. */
const MAX_CONNECTIONS = 4_096;
/** Node's own servers hang up after five seconds: nobody shall be asked who is about to. */
const IDLE_MS = 4_000;
/** An event stream that says nothing for so long, not even a comment, is dead. */
const SILENCE_MS = 300_000;
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface HttpUpstreamOptions extends Omit<Asked, 'host'> {
  readonly limits: Pick<GatewayLimits, 'connectMs' | 'upstreamAnswerMs'>;
}

export class HttpUpstream {
  readonly #to: { readonly host: string; readonly port: number };
  readonly #asked: Asked;
  readonly #options: HttpUpstreamOptions;
  readonly #all = new Set<UpstreamConnection>();
  readonly #idle: UpstreamConnection[] = [];

  constructor(url: URL, options: HttpUpstreamOptions) {
    this.#to = addressOf(url);
    const { withCredentials, pass } = options;
    this.#asked = { host: url.host, withCredentials, pass };
    this.#options = options;
  }

  /**
   * @param options `body`: in the place of the request's own, read already; `answerMs`: for the answer to begin; `signal`: gives up where the answer has not
   *   begun, and ends an event stream that has, as whoever reads one asks again
   * @throws DeskhandError `UPSTREAM_UNAVAILABLE` whose cause has a `code`, before the answer has begun; afterwards the answer is cut off
   */
  async forward(request: IncomingMessage, response: ServerResponse, origin: Origin, options: ForwardOptions): Promise<void> {
    try {
      await this.#attempt({ request, response, origin, ...options }, true);
    } catch (cause) {
      throw new DeskhandError('UPSTREAM_UNAVAILABLE', undefined, {}, { cause });
    }
  }

  async close(): Promise<void> {
    for (const { socket } of this.#all) socket.destroy();
  }

  async #attempt(exchange: Exchange, mayReuse: boolean): Promise<void> {
    const { request, response, origin, body, signal, answerMs } = exchange;
    const { method = '' } = request;
    const connection = (mayReuse ? this.#rested() : undefined) ?? this.#connect();
    const wasKept = connection.answers > 0;
    const streams = body === undefined && hasBody(request);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const giveUp = (): void => {
      if (response.writableFinished) return;
      connection.giveUp();
      resolve();
    };
    const isHeldBack = this.#options.withCredentials ? isTraceId : isNotForStrangers;
    const relay = new Relay({ response, traceId: origin.traceId, isHeldBack }, () => connection.resume(), resolve, reject);
    const lose = (): void => {
      if (relay.lose(signal?.reason)) connection.giveUp();
    };
    response.once('close', giveUp);
    signal?.addEventListener('abort', lose);
    const head = requestHead(request, origin, this.#asked);
    connection.ask(method, head, streams, relay, answerMs);
    if (body) connection.socket.write(body);
    if (streams) sendBody(request, connection.socket, () => connection.sent());
    try {
      await promise;
    } catch (error) {
      // A kept connection may have been closed at the other end in this very moment.
      const mayRepeat =
        wasKept && !hasBody(request) && SAFE.has(method) && !response.headersSent && !response.destroyed && !signal?.aborted;
      if (!mayRepeat) throw error;
      response.off('close', giveUp);
      await this.#attempt(exchange, false);
    } finally {
      response.off('close', giveUp);
      signal?.removeEventListener('abort', lose);
    }
  }

  /** The one used last: the others may go. */
  #rested(): UpstreamConnection | undefined {
    for (let last = this.#idle.pop(); last; last = this.#idle.pop())
      if (!last.socket.destroyed && performance.now() - last.idleSince < IDLE_MS) return last;
    return undefined;
  }

  #connect(): UpstreamConnection {
    if (this.#all.size >= MAX_CONNECTIONS) throw new NotConnected('too many connections to it');
    const times = { connectMs: this.#options.limits.connectMs, silenceMs: SILENCE_MS };
    const connection: UpstreamConnection = new UpstreamConnection(
      this.#to,
      times,
      (idle) => {
        idle.rest(IDLE_MS);
        this.#idle.push(idle);
      },
      () => {
        this.#all.delete(connection);
        const at = this.#idle.indexOf(connection);
        if (at >= 0) this.#idle.splice(at, 1);
      },
    );
    this.#all.add(connection);
    return connection;
  }
}

export interface ForwardOptions {
  readonly answerMs: number;
  readonly body: Buffer | undefined;
  readonly signal: AbortSignal | undefined;
}

interface Exchange extends ForwardOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly origin: Origin;
}

/** What speaks for our whole origin, which somebody else's program does not: it could plant a session, end one, or stand before all pages. */
const FOR_OUR_ORIGIN: ReadonlySet<string> = new Set(['set-cookie', 'clear-site-data', 'service-worker-allowed']);
const isTraceId = (name: string): boolean => name === 'x-trace-id';
const isNotForStrangers = (name: string): boolean => isTraceId(name) || FOR_OUR_ORIGIN.has(name);

interface RelayTo {
  readonly response: ServerResponse;
  readonly traceId: string;
  /** Headers that go no further, by lower-case name. */
  readonly isHeldBack: (name: string) => boolean;
}

/** Hands an answer on to the client. */
class Relay implements AnswerSink {
  readonly #response: ServerResponse;
  readonly #traceId: string;
  readonly #isHeldBack: (name: string) => boolean;
  readonly #resume: () => void;
  readonly #done: () => void;
  readonly #failed: (cause: Error) => void;
  #isEventStream = false;

  constructor({ response, traceId, isHeldBack }: RelayTo, resume: () => void, done: () => void, failed: (cause: Error) => void) {
    this.#response = response;
    this.#traceId = traceId;
    this.#isHeldBack = isHeldBack;
    this.#resume = resume;
    this.#done = done;
    this.#failed = failed;
  }

  take(head: AnswerHead | undefined, body: readonly Buffer[], isComplete: boolean): boolean {
    const response = this.#response;
    if (head) {
      const headers = endToEnd(head.rawHeaders, this.#isHeldBack);
      headers.push('x-trace-id', this.#traceId);
      this.#isEventStream = valuesOf(headers, 'content-type').some((type) => type.toLowerCase().startsWith('text/event-stream'));
      if (isSending(response.req)) response.shouldKeepAlive = false;
      response.writeHead(head.status, headers);
      // An event stream's head must not wait for its first event.
      if (body.length === 0 && !isComplete) response.flushHeaders();
    }
    if (isComplete) {
      for (const part of body.slice(0, -1)) response.write(part);
      endAnswer(response, body.at(-1));
      this.#done();
      return true;
    }
    const goesOn = body.reduce((free, part) => response.write(part) && free, true);
    if (!goesOn) response.once('drain', this.#resume);
    return goesOn;
  }

  /** Whoever answers is lost. @returns whether nobody waits for it any more: an event stream ends, any other answer that has begun may still come */
  lose(cause: Error): boolean {
    if (!this.#response.headersSent) this.#failed(cause);
    else if (!this.#isEventStream) return false;
    else {
      this.#response.end();
      this.#done();
    }
    return true;
  }

  fail(cause: Error): void {
    if (this.#response.headersSent) this.#response.destroy();
    this.#failed(cause);
  }
}
