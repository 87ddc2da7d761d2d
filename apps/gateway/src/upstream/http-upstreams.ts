/** Several replicas of one upstream: requests take turns among those that are well, and what is safe to ask again is asked of another. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { DeskhandError } from '#libs/common';
import type { Forwarder, GatewayLimits } from '../gateway.options.js';
import { HttpUpstream } from './http-upstream.js';
import { hasBody, type Origin } from './upstream-request.js';

const SAFE: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Bodies up to here are read first, so that they can be sent again where nobody was there to take them. */
const KEPT_BODY = 64 * 1024;
const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 10_000;
/** What says that no connection came about, so that nothing was asked. */
const NOT_CONNECTED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/** It fell silent, or said that it leaves, while a request waited for its answer. */
class ReplicaLost extends Error {
  static readonly code = 'REPLICA_LOST';
  readonly code = ReplicaLost.code;
}

/** What says that the replica is at fault, and not the client or the request. */
const BROKEN: ReadonlySet<string> = new Set([...NOT_CONNECTED, 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', ReplicaLost.code]);

interface Replica {
  readonly url: URL;
  readonly upstream: HttpUpstream;
  failures: number;
  /** Not asked before, by `performance.now()`, unless all rest. */
  restsUntil: number;
  /** What another source says, such as the line of denials: undefined where there is none. */
  isHeard?: boolean;
  /** Aborts when it is not heard any more. */
  heard: AbortController;
}

export class HttpUpstreams implements Forwarder {
  readonly #replicas: readonly Replica[];
  #next = 0;

  /** @param pass which shows the control plane that we are one of its gateways: {@link gatewayPass} */
  constructor(urls: readonly URL[], limits: Pick<GatewayLimits, 'connectMs' | 'upstreamAnswerMs'>, pass: string) {
    this.#replicas = urls.map((url) => ({
      url,
      upstream: new HttpUpstream(url, { limits, withCredentials: true, pass }),
      failures: 0,
      restsUntil: 0,
      heard: new AbortController(),
    }));
  }

  /** A replica is heard of, or said that it leaves, or was not heard of for too long. */
  turn(url: URL, isUp: boolean): void {
    for (const replica of this.#replicas) {
      if (replica.url.href !== url.href) continue;
      replica.isHeard = isUp;
      if (isUp) replica.restsUntil = 0;
      if (isUp) replica.heard = new AbortController();
      else replica.heard.abort(new ReplicaLost());
    }
  }

  /**
   * What is safe to ask again does not wait for a replica that fell silent.
   *
   * @throws DeskhandError `UPSTREAM_UNAVAILABLE` before the answer has begun
   */
  async forward(request: IncomingMessage, response: ServerResponse, origin: Origin): Promise<void> {
    const body = await keptBody(request);
    const streams = body === undefined && hasBody(request);
    const mayBeAskedAgain = SAFE.has(request.method) && !hasBody(request);
    let failure: unknown;
    for (const replica of this.#inTurn()) {
      if (replica.isHeard === false && codeOf(failure) === ReplicaLost.code) continue;
      try {
        await replica.upstream.forward(request, response, origin, {
          ...(body ? { body } : {}),
          ...(mayBeAskedAgain && replica.isHeard ? { signal: replica.heard.signal } : {}),
        });
        replica.failures = 0;
        return;
      } catch (error) {
        failure = error;
        const code = codeOf(error);
        if (response.destroyed || !BROKEN.has(code)) break;
        rest(replica);
        const wasNotAsked = NOT_CONNECTED.has(code) && !streams;
        if (response.headersSent || !(mayBeAskedAgain || wasNotAsked)) break;
      }
    }
    // Made only where it is needed: an error remembers its stack, which costs as much as the rest of this.
    throw failure ?? new DeskhandError('UPSTREAM_UNAVAILABLE');
  }

  async close(): Promise<void> {
    await Promise.all(this.#replicas.map(({ upstream }) => upstream.close()));
  }

  /** Those that are well, each time beginning with another one; then the others, as one of them may be well again. */
  #inTurn(): readonly Replica[] {
    const now = performance.now();
    const start = this.#next++ % this.#replicas.length;
    const all = [...this.#replicas.slice(start), ...this.#replicas.slice(0, start)];
    const isWell = ({ restsUntil, isHeard }: Replica) => restsUntil <= now && isHeard !== false;
    return [...all.filter(isWell), ...all.filter((replica) => !isWell(replica)).sort((a, b) => a.restsUntil - b.restsUntil)];
  }
}

function rest(replica: Replica): void {
  replica.restsUntil = performance.now() + Math.min(FIRST_REST_MS * 2 ** replica.failures, LONGEST_REST_MS);
  replica.failures++;
}

/** The body, where it is short; a long one, or one of unknown length, goes through as it comes. */
async function keptBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  return hasBody(request) && length <= KEPT_BODY ? buffer(request) : undefined;
}

const codeOf = (error: unknown): string => String(((error as Error | undefined)?.cause as NodeJS.ErrnoException | undefined)?.code ?? '');
