/** Pass 7 for `/d/{id}/`: takes an admitted request to its desktop, as a call or as a WebSocket. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { DeskhandError } from '#libs/common';
import type { DesktopGrant } from '#libs/tokens';
import type { ConnectionCaps } from '../connection-caps.js';
import type { GatewayLimits } from '../gateway.options.js';
import type { LiveConnections } from '../live-connections.js';
import type { Traffic } from '../traffic.js';
import { callAgent } from './agent-call.js';
import { dialAgent } from './agent-socket.js';
import { desktopRouteOf, usableScopes } from './desktop-routes.js';
import { clientAnswer, readClientHandshake } from './handshake.js';
import { Buffers } from './reused-reads.js';
import { SilentAgents } from './silence.js';
import { splice } from './splice.js';
import type { Targets } from './targets.js';

/** An upgrade that was admitted: the request, and the connection under it. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly client: Socket;
  /** What came right behind the request. */
  readonly head: Buffer;
  readonly traceId: string;
}

export class DesktopProxy {
  readonly #live: LiveConnections;
  readonly #caps: ConnectionCaps;
  readonly #targets: Targets;
  readonly #limits: GatewayLimits;
  readonly #traffic: Traffic;
  readonly #pool = new Buffers();
  readonly #silent = new SilentAgents();

  constructor(live: LiveConnections, caps: ConnectionCaps, targets: Targets, limits: GatewayLimits, traffic: Traffic) {
    this.#live = live;
    this.#caps = caps;
    this.#targets = targets;
    this.#limits = limits;
    this.#traffic = traffic;
  }

  /** @throws DeskhandError before the answer has begun */
  async call(grant: DesktopGrant, inside: string, request: IncomingMessage, response: ServerResponse, traceId: string): Promise<void> {
    const route = desktopRouteOf(request.method ?? '', inside);
    const scopes = usableScopes(route, grant.scopes);
    if (route.transport === 'webSocket') throw new DeskhandError('INVALID_REQUEST', 'This address is a WebSocket.');
    this.#targets.check(grant.target);
    const gone = new AbortController();
    const place = this.#live.add(grant, {
      close: () => {
        gone.abort();
        response.destroy();
      },
    });
    response.once('close', () => gone.abort());
    try {
      response.setHeader('x-trace-id', traceId);
      await callAgent(grant, { method: route.method, path: inside, scopes }, response, this.#limits.agentAnswerMs, gone.signal);
    } finally {
      place.leave();
    }
  }

  /** @throws DeskhandError before the socket was answered; afterwards only the socket closes */
  async open(grant: DesktopGrant, inside: string, { request, client, head, traceId }: Upgrade): Promise<void> {
    const route = desktopRouteOf(request.method ?? '', inside);
    const scopes = usableScopes(route, grant.scopes);
    if (route.transport !== 'webSocket') throw new DeskhandError('NOT_FOUND');
    const handshake = readClientHandshake(request, route.subprotocol);
    this.#targets.check(grant.target);

    // It may have gone while its token was looked at; its 'close' would then never come again.
    if (client.destroyed) return;
    const open = new OpenSocket(client);
    const place = this.#live.add(grant, open);
    const question = { path: inside, scopes, ...(route.subprotocol ? { subprotocol: route.subprotocol } : {}) };
    const { opened, giveUp } = dialAgent(grant, question, { pool: this.#pool, limits: this.#limits });
    // Also when it was cut: its socket closes.
    client.once('close', giveUp);
    try {
      const agent = await opened;
      client.off('close', giveUp);
      client.setTimeout(0);
      const spliced = splice(client, agent, {
        pool: this.#pool,
        traffic: this.#traffic,
        budgets: place.budgets,
        stallMs: this.#limits.stallMs,
        silent: this.#silent,
        greeting: clientAnswer(handshake, traceId),
        head,
        onTakenOver: (socket) => this.#caps.handOver(client, socket),
        onClosed: place.leave,
      });
      this.#traffic.webSockets += 1;
      if (spliced) open.cut = spliced;
      else {
        agent.reads.release();
        agent.socket.destroy();
        place.leave();
      }
    } catch (error) {
      place.leave();
      throw error;
    }
  }
}

/** A connection by what ends it; holds on to the socket that was accepted only until another has taken its place. */
class OpenSocket {
  cut: () => void;

  constructor(accepted: Socket) {
    this.cut = () => void accepted.destroy();
  }

  close(): void {
    this.cut();
  }
}
