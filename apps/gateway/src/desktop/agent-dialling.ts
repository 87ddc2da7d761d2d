/** Dials an agent and opens a WebSocket there: afterwards the socket is known to lead to the run that the token means. */
import { connect, isIPv6, type Socket } from 'node:net';
import { DeskhandError } from '#libs/common';
import { type AgentProof, type DesktopGrant, type DesktopScope, PROOF_HEADER, proveToAgent } from '#libs/tokens';
import type { GatewayLimits } from '../gateway.options.js';
import { type AnswerHead, AnswerHeadReader } from './answer-head.js';
import { AgentHandshake } from './handshake.js';
import { type Owner, own } from './owner.js';
import { type Buffers, type Reader, ReusedReads } from './reused-reads.js';

/** An open WebSocket to an agent; it is being read, so whoever gets it owns it and takes its bytes from that moment on. */
export interface AgentSocket {
  readonly socket: Socket;
  readonly reads: ReusedReads;
  /** What the agent sent right behind its answer. */
  readonly first: Buffer;
}

export interface AgentQuestion {
  readonly path: string;
  readonly scopes: readonly DesktopScope[];
  readonly subprotocol: string | undefined;
}

/** Told once how it went, after the constructor has returned. */
export interface Caller {
  /** @returns for what came first, what a {@link Reader} returns */
  onAgent(agent: AgentSocket): boolean;
  /** @param error `DESKTOP_UNREACHABLE`, also when whoever answers does not know the run's secret; `DISPLAY_NOT_READY` */
  onNoAgent(error: DeskhandError): void;
}

type Limits = Pick<GatewayLimits, 'connectMs' | 'agentAnswerMs' | 'keepAliveProbeMs'>;

export class AgentDialling implements Reader, Owner {
  readonly #caller: Caller;
  readonly #limits: Limits;
  readonly #proof: AgentProof;
  readonly #handshake: AgentHandshake;
  readonly #head = new AnswerHeadReader();
  readonly #reads: ReusedReads;
  readonly #socket: Socket;
  #timer: NodeJS.Timeout;
  #isSettled = false;

  constructor(grant: DesktopGrant, question: AgentQuestion, { pool, limits }: { pool: Buffers; limits: Limits }, caller: Caller) {
    const { target, desktop, run } = grant;
    const { path, scopes, subprotocol } = question;
    this.#caller = caller;
    this.#limits = limits;
    this.#proof = proveToAgent({ desktop, run, secret: target.secret }, { method: 'GET', path, scopes });
    const host = `${isIPv6(target.address) ? `[${target.address}]` : target.address}:${target.port}`;
    this.#handshake = new AgentHandshake({ host, path, proof: this.#proof.header, subprotocol });
    this.#reads = new ReusedReads(pool, this);
    this.#socket = connect({
      host: target.address,
      port: target.port,
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: limits.keepAliveProbeMs,
      onread: this.#reads.onread,
    });
    own(this.#socket, this);
    this.#timer = setTimeout(() => this.#fail(new Error('connecting took too long')), limits.connectMs);
    this.#socket.once('connect', () => this.#ask());
  }

  giveUp(): void {
    if (!this.#isSettled) this.#fail(new Error('the browser has gone'));
  }

  take(bytes: Buffer): boolean {
    if (this.#isSettled) return true;
    const first = this.#readHead(bytes);
    if (first === undefined) return true;
    this.#settle();
    return this.#caller.onAgent({ socket: this.#socket, reads: this.#reads, first });
  }

  onEnd(): void {
    this.#fail(new Error('the agent hung up'));
  }

  onError(error: Error): void {
    this.#fail(error);
  }

  onClose(): void {
    if (!this.#isSettled) this.#fail(new Error('the agent hung up'));
    this.#reads.free();
  }

  #ask(): void {
    if (this.#isSettled) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(new Error('the answer took too long')), this.#limits.agentAnswerMs);
    this.#socket.write(this.#handshake.request, 'latin1');
  }

  /** @returns what came behind the head, once that is whole and right */
  #readHead(bytes: Buffer): Buffer | undefined {
    try {
      const answer = this.#head.read(bytes);
      if (answer) this.#check(answer.head);
      return answer?.rest;
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  #check(head: AnswerHead): void {
    if (!this.#proof.isAnswer(head.headers.get(PROOF_HEADER))) throw new TypeError(`an answer ${head.status} without proof`);
    if (head.status === 503) throw new DeskhandError('DISPLAY_NOT_READY', undefined, { retryAfter: 1 });
    if (!this.#handshake.isAccepted(head)) throw new TypeError(`an answer ${head.status} that does not open the WebSocket`);
  }

  #settle(): void {
    this.#isSettled = true;
    clearTimeout(this.#timer);
  }

  #fail(error: unknown): void {
    if (this.#isSettled) return;
    this.#settle();
    this.#socket.destroy();
    this.#caller.onNoAgent(
      error instanceof DeskhandError ? error : new DeskhandError('DESKTOP_UNREACHABLE', undefined, {}, { cause: error }),
    );
  }
}
