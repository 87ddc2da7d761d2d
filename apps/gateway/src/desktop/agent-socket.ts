/** Dials an agent and opens a WebSocket there: afterwards the socket is known to lead to the run that the token means. */
import { connect, isIPv6, type Socket } from 'node:net';
import { DeskhandError } from '#libs/common';
import { type DesktopGrant, type DesktopScope, PROOF_HEADER, proveToAgent } from '#libs/tokens';
import type { GatewayLimits } from '../gateway.options.js';
import { type AnswerHead, AnswerHeadReader } from './answer-head.js';
import { askAgent } from './handshake.js';
import { type Buffers, ReusedReads } from './reused-reads.js';

/** An open WebSocket to an agent; it reads nothing until it is resumed. */
export interface AgentSocket {
  readonly socket: Socket;
  readonly reads: ReusedReads;
  /** What the agent sent right behind its answer. */
  readonly first: Buffer;
}

export interface AgentQuestion {
  readonly path: string;
  readonly scopes: readonly DesktopScope[];
  readonly subprotocol?: string;
}

export interface Dialling {
  /** Rejects with DeskhandError `DESKTOP_UNREACHABLE`, also when whoever answers does not know the run's secret; `DISPLAY_NOT_READY`. */
  readonly opened: Promise<AgentSocket>;
  giveUp(): void;
}

type Limits = Pick<GatewayLimits, 'connectMs' | 'agentAnswerMs' | 'keepAliveProbeMs'>;

export function dialAgent(grant: DesktopGrant, question: AgentQuestion, { pool, limits }: { pool: Buffers; limits: Limits }): Dialling {
  const { target, desktop, run } = grant;
  const { path, scopes, subprotocol } = question;
  const proof = proveToAgent({ desktop, run, secret: target.secret }, { method: 'GET', path, scopes });
  const host = `${isIPv6(target.address) ? `[${target.address}]` : target.address}:${target.port}`;
  const handshake = askAgent({ host, path, headers: { [PROOF_HEADER]: proof.header }, ...(subprotocol ? { subprotocol } : {}) });
  const { promise, resolve, reject } = Promise.withResolvers<AgentSocket>();

  const reader = new AnswerHeadReader();
  const reads = new ReusedReads(pool, (bytes) => {
    try {
      const answer = reader.read(bytes);
      if (answer === undefined) return true;
      check(answer.head);
      settle();
      resolve({ socket, reads, first: answer.rest });
    } catch (error) {
      fail(error);
      // What was read was copied, so its buffer is free.
      return true;
    }
    return false;
  });
  const check = (head: AnswerHead): void => {
    if (!proof.isAnswer(head.headers.get(PROOF_HEADER))) throw new TypeError(`an answer ${head.status} without proof`);
    if (head.status === 503) throw new DeskhandError('DISPLAY_NOT_READY', undefined, { retryAfter: 1 });
    if (!handshake.isAccepted(head)) throw new TypeError(`an answer ${head.status} that does not open the WebSocket`);
  };

  const socket = connect({
    host: target.address,
    port: target.port,
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: limits.keepAliveProbeMs,
    onread: reads.onread,
  });
  const fail = (error: unknown): void => {
    settle();
    socket.destroy();
    reject(error instanceof DeskhandError ? error : new DeskhandError('DESKTOP_UNREACHABLE', undefined, {}, { cause: error }));
  };
  const onEnd = () => fail(new Error('the agent hung up'));
  let timer = setTimeout(() => fail(new Error('connecting took too long')), limits.connectMs);
  const settle = (): void => {
    clearTimeout(timer);
    socket.off('error', fail).off('end', onEnd).off('close', onEnd);
    // An error that comes between this and whoever listens next shows itself by the closing.
    socket.on('error', ignore);
  };
  socket.once('close', freeing(reads));
  socket.on('error', fail).on('end', onEnd).on('close', onEnd);
  socket.once('connect', () => {
    clearTimeout(timer);
    timer = setTimeout(() => fail(new Error('the answer took too long')), limits.agentAnswerMs);
    socket.write(handshake.request, 'latin1');
  });
  return { opened: promise, giveUp: () => fail(new Error('the browser has gone')) };
}

const ignore = (): void => undefined;

/** Made out here, so that what stays with an open connection holds on to nothing of its opening. */
export const freeing = (reads: ReusedReads) => (): void => reads.free();
