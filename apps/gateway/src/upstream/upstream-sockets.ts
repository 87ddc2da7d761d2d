/** WebSockets that another part of Deskhand answers, such as the operators' subscriptions: rare, so told apart from desktops and made of Node's own means. */
import { type IncomingMessage, Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { DeskhandError, type ErrorCode } from '#libs/common';
import { DenyList } from '../deny-list.js';
import { type AnswerHead, AnswerHeadReader } from '../desktop/answer-head.js';
import { acceptOf, clientAnswer, readClientHandshake } from '../desktop/handshake.js';
import type { Upgrade } from '../desktop/opening.js';
import type { GatewayLimits, Upstream } from '../gateway.options.js';
import { LiveConnections } from '../live-connections.js';
import { addressOf } from './address-of.js';
import { isBroken, Replicas } from './replicas.js';
import { broken, NotConnected } from './upstream-connection.js';
import { claimHeaders, type Origin, upgradeHead } from './upstream-request.js';

/** What another server says no with. */
const REFUSALS: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  429: 'TOO_MANY_REQUESTS',
};
/** A side that was told the end and does not end itself is cut off. */
const LINGER_MS = 10_000;
/** No denial is about them: the other server knows itself when a session has ended. */
const OF_NO_DESKTOP = { sessionId: '', desktop: '', run: 0 };

interface Opened {
  readonly socket: Socket;
  readonly subprotocol: string | undefined;
  /** What came right behind the answer. */
  readonly first: Buffer;
}

export class UpstreamSockets {
  readonly #upstream: Server | Replicas;
  readonly #limits: GatewayLimits;
  /** Here the connections of one address count as those of one user: who it is, only the other server knows. */
  readonly #live: LiveConnections;

  private constructor(upstream: Server | Replicas, limits: GatewayLimits) {
    this.#upstream = upstream;
    this.#limits = limits;
    this.#live = new LiveConnections(new DenyList(), limits);
  }

  /** @returns undefined where nothing could answer one */
  static to(upstream: Upstream | undefined, limits: GatewayLimits): UpstreamSockets | undefined {
    if (upstream === undefined || typeof upstream === 'function' || 'forward' in upstream) return undefined;
    return new UpstreamSockets(upstream instanceof Server ? upstream : new Replicas([upstream].flat()), limits);
  }

  /**
   * Joins the client and the other server.
   * @throws DeskhandError `NOT_FOUND`, `TOO_MANY_CONNECTIONS`, `UPSTREAM_UNAVAILABLE` and what the other server refuses with, before the client was answered
   */
  async open({ request, client, head, traceId }: Upgrade, origin: Origin): Promise<void> {
    const handshake = readClientHandshake(request, undefined);
    // It would never say again that it has closed.
    if (client.destroyed) return;
    let cut = (): void => void client.destroy();
    const place = this.#live.add({ ...OF_NO_DESKTOP, userId: origin.client.address }, { close: () => cut() });
    client.once('close', () => place.leave());
    client.setTimeout(0);
    if (this.#upstream instanceof Server) {
      claimHeaders(request, origin);
      if (this.#upstream.emit('upgrade', request, client, head)) return;
      place.leave();
      throw new DeskhandError('NOT_FOUND');
    }
    try {
      const { socket, subprotocol, first } = await this.#dialAny(this.#upstream, request, client, origin);
      client.write(clientAnswer({ key: handshake.key, ...(subprotocol === undefined ? {} : { subprotocol }) }, traceId), 'latin1');
      if (first.length > 0) client.write(first);
      if (head.length > 0) socket.write(head);
      cut = join(client, socket, this.#limits.stallMs);
    } catch (error) {
      place.leave();
      throw error;
    }
  }

  /** Closes everything, a few at a time. @param withinMs how long that takes */
  drain(withinMs: number): Promise<void> {
    return this.#live.drain(withinMs);
  }

  /** One replica after the other, until one of them answers or the time for an answer is over. */
  async #dialAny(replicas: Replicas, request: IncomingMessage, client: Socket, origin: Origin): Promise<Opened> {
    const endsAt = performance.now() + this.#limits.agentAnswerMs;
    let failure: unknown;
    for (const replica of replicas.inTurn()) {
      try {
        const opened = await this.#dial(replica.url, request, client, origin);
        replica.answered();
        return opened;
      } catch (error) {
        failure = error;
        if (!isBroken(error)) break;
        replica.failed();
        if (client.destroyed || performance.now() >= endsAt) break;
      }
    }
    throw failure;
  }

  #dial(url: URL, request: IncomingMessage, client: Socket, origin: Origin): Promise<Opened> {
    const { connectMs, agentAnswerMs, keepAliveProbeMs } = this.#limits;
    const { promise, resolve, reject } = Promise.withResolvers<Opened>();
    const socket = connect({
      ...addressOf(url),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveProbeMs,
      timeout: connectMs,
    });
    const fail = (cause: unknown): void => {
      client.off('close', onGone);
      socket.destroy();
      reject(cause instanceof DeskhandError ? cause : new DeskhandError('UPSTREAM_UNAVAILABLE', undefined, {}, { cause }));
    };
    const onGone = (): void => fail(new Error('the client has gone'));
    const onError = (error: Error): void => fail(isConnected ? error : new NotConnected(error.message, { cause: error }));
    const onClose = (): void => onError(broken('ECONNRESET', 'the connection was closed'));
    const onTimeout = (): void => onError(broken('ETIMEDOUT', 'it took too long'));
    let isConnected = false;
    const reader = new AnswerHeadReader();
    const onData = (bytes: Buffer): void => {
      try {
        const answer = reader.read(bytes);
        if (!answer) return;
        const subprotocol = checkAnswer(answer.head, request);
        socket.pause().off('data', onData).off('close', onClose).off('timeout', onTimeout).setTimeout(0);
        client.off('close', onGone);
        resolve({ socket, subprotocol, first: answer.rest });
      } catch (error) {
        fail(error);
      }
    };
    client.once('close', onGone);
    socket.on('error', onError).on('close', onClose).on('timeout', onTimeout).on('data', onData);
    socket.once('connect', () => {
      isConnected = true;
      socket.setTimeout(agentAnswerMs);
    });
    socket.write(upgradeHead(request, origin, { host: url.host, withCredentials: true }), 'latin1');
    return promise;
  }
}

/** @returns the subprotocol that was chosen @throws DeskhandError for a refusal, TypeError for what is no answer to this */
function checkAnswer({ status, headers }: AnswerHead, request: IncomingMessage): string | undefined {
  if (REFUSALS[status]) throw new DeskhandError(REFUSALS[status]);
  const chosen = headers.get('sec-websocket-protocol');
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  const isOpen =
    status === 101 &&
    headers.get('upgrade')?.toLowerCase() === 'websocket' &&
    headers.get('sec-websocket-accept') === acceptOf(request.headers['sec-websocket-key'] ?? '') &&
    (chosen === undefined || offered.includes(chosen)) &&
    !headers.has('sec-websocket-extensions');
  if (!isOpen) throw new TypeError(`an answer ${status} that does not open the WebSocket`);
  return chosen;
}

/** Bytes go both ways, no faster than they are taken. @param stallMs for which a side may take nothing, up to twice @returns cuts both off */
function join(client: Socket, upstream: Socket, stallMs: number): () => void {
  const cut = (): void => {
    client.destroy();
    upstream.destroy();
  };
  const sides = [client, upstream].map((socket) => ({ socket, wasWaiting: false, taken: 0 }));
  const timer = setInterval(() => {
    for (const side of sides) {
      const { bytesWritten, writableLength } = side.socket;
      const taken = bytesWritten - writableLength;
      if (side.wasWaiting && writableLength > 0 && taken === side.taken) return cut();
      side.wasWaiting = writableLength > 0;
      side.taken = taken;
    }
  }, stallMs).unref();
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.on('error', cut).once('close', () => {
      clearInterval(timer);
      // The other side still gets what is on its way to it.
      to.destroySoon();
      setTimeout(cut, LINGER_MS).unref();
    });
    from.pipe(to);
  }
  return cut;
}
