/** An upstream that may have several replicas: what is safe to ask again, or was not asked yet, is asked of another when one fails. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { DeskhandError } from '#libs/common';
import type { Forwarder } from '../gateway.options.js';
import { HttpUpstream, type HttpUpstreamOptions } from './http-upstream.js';
import { codeOf, isBroken, type Replica, ReplicaLost, Replicas } from './replicas.js';
import { NotConnected } from './upstream-connection.js';
import { hasBody, type Origin } from './upstream-request.js';

const SAFE: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Bodies up to here are read first, so that they can be sent again where nobody was there to take them. */
const KEPT_BODY = 16 * 1024;

export class HttpUpstreams implements Forwarder {
  readonly #replicas: Replicas;
  readonly #upstreams: ReadonlyMap<string, HttpUpstream>;
  readonly #answerMs: number;

  constructor(urls: readonly URL[], options: HttpUpstreamOptions) {
    this.#replicas = new Replicas(urls);
    this.#upstreams = new Map(urls.map((url) => [url.href, new HttpUpstream(url, options)]));
    this.#answerMs = options.limits.upstreamAnswerMs;
  }

  /** A replica is heard of, or said that it leaves, or was not heard of for too long. */
  turn(url: URL, isUp: boolean): void {
    this.#replicas.turn(url, isUp);
  }

  /**
   * What is safe to ask again does not wait for a replica that fell silent. All attempts together have as long as one has alone.
   *
   * @throws DeskhandError `UPSTREAM_UNAVAILABLE` before the answer has begun
   */
  async forward(request: IncomingMessage, response: ServerResponse, origin: Origin): Promise<void> {
    const body = this.#upstreams.size > 1 ? await keptBody(request) : undefined;
    const streams = body === undefined && hasBody(request);
    const mayBeAskedAgain = SAFE.has(request.method) && !hasBody(request);
    const endsAt = performance.now() + this.#answerMs;
    let answerMs = this.#answerMs;
    let failure: unknown;
    for (const replica of this.#replicas.inTurn()) {
      if (replica.isHeard === false && codeOf(failure) === ReplicaLost.code) continue;
      try {
        const signal = mayBeAskedAgain ? replica.heard : undefined;
        await this.#upstreamOf(replica).forward(request, response, origin, { body, signal, answerMs });
        replica.answered();
        return;
      } catch (error) {
        failure = error;
        if (response.destroyed || !isBroken(error)) break;
        replica.failed();
        const wasNotAsked = codeOf(error) === NotConnected.code && !streams;
        answerMs = Math.ceil(endsAt - performance.now());
        if (response.headersSent || !(mayBeAskedAgain || wasNotAsked) || answerMs <= 0) break;
      }
    }
    // Made only where it is needed: an error remembers its stack, which costs as much as the rest of this.
    throw failure ?? new DeskhandError('UPSTREAM_UNAVAILABLE');
  }

  async close(): Promise<void> {
    await Promise.all([...this.#upstreams.values()].map((upstream) => upstream.close()));
  }

  #upstreamOf({ url }: Replica): HttpUpstream {
    return this.#upstreams.get(url.href) as HttpUpstream;
  }
}

/** The body, where it is short; a long one, or one of unknown length, goes through as it comes. */
async function keptBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  return hasBody(request) && length <= KEPT_BODY ? buffer(request) : undefined;
}
