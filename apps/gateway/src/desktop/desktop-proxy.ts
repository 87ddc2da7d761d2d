/** Pass 7 for `/d/{id}/`: takes an admitted request to its desktop, as a call or as a WebSocket. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { DeskhandError } from '#libs/common';
import type { DesktopGrant } from '#libs/tokens';
import type { GatewayLimits } from '../gateway.options.js';
import type { LiveConnections } from '../live-connections.js';
import { callAgent } from './agent-call.js';
import { openAgentSocket } from './agent-socket.js';
import { desktopRouteOf, usableScopes } from './desktop-routes.js';
import { clientAnswer, readClientHandshake } from './handshake.js';
import { LargeBuffers } from './reused-reads.js';
import { splice } from './splice.js';
import type { Targets } from './targets.js';

export class DesktopProxy {
  readonly #live: LiveConnections;
  readonly #targets: Targets;
  readonly #limits: GatewayLimits;
  readonly #pool = new LargeBuffers();

  constructor(live: LiveConnections, targets: Targets, limits: GatewayLimits) {
    this.#live = live;
    this.#targets = targets;
    this.#limits = limits;
  }

  /** @throws DeskhandError before the answer has begun */
  async call(grant: DesktopGrant, inside: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = desktopRouteOf(request.method ?? '', inside);
    const scopes = usableScopes(route, grant.scopes);
    if (route.transport === 'webSocket') throw new DeskhandError('INVALID_REQUEST', 'This address is a WebSocket.');
    this.#targets.check(grant.target);
    const gone = new AbortController();
    const remove = this.#live.add(grant, () => {
      gone.abort();
      response.destroy();
    });
    response.once('close', () => gone.abort());
    try {
      await callAgent(grant, { method: route.method, path: inside, scopes }, response, this.#limits.agentAnswerMs, gone.signal);
    } finally {
      remove();
    }
  }

  /** @throws DeskhandError before the socket was answered; afterwards only the socket closes */
  async open(grant: DesktopGrant, inside: string, request: IncomingMessage, client: Socket, head: Buffer, traceId: string): Promise<void> {
    const route = desktopRouteOf(request.method ?? '', inside);
    const scopes = usableScopes(route, grant.scopes);
    if (route.transport !== 'webSocket') throw new DeskhandError('NOT_FOUND');
    const handshake = readClientHandshake(request, route.subprotocol);
    this.#targets.check(grant.target);

    // It may have gone while its token was looked at; its 'close' would then never come again.
    if (client.destroyed) return;
    const gone = new AbortController();
    let cut = (): void => {
      client.destroy();
      gone.abort();
    };
    const remove = this.#live.add(grant, () => cut());
    const onClientGone = () => gone.abort();
    client.on('close', onClientGone);
    try {
      const question = { path: inside, scopes, ...(route.subprotocol ? { subprotocol: route.subprotocol } : {}) };
      const agent = await openAgentSocket(grant, question, { pool: this.#pool, limits: this.#limits, signal: gone.signal });
      client.off('close', onClientGone);
      client.setTimeout(0);
      client.write(clientAnswer(handshake, traceId));
      cut = splice(client, head, agent, remove);
    } catch (error) {
      remove();
      throw error;
    }
  }
}
