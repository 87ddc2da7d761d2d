/** Pass 7 for `/d/{id}/`: takes an admitted request to its desktop, as a call or as a WebSocket. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DeskhandError } from '#libs/common';
import type { DesktopGrant } from '#libs/tokens';
import type { ConnectionCaps } from '../connection-caps.js';
import type { GatewayLimits } from '../gateway.options.js';
import type { LiveConnections } from '../live-connections.js';
import type { Traffic } from '../traffic.js';
import { callAgent } from './agent-call.js';
import { desktopRouteOf, usableScopes } from './desktop-routes.js';
import { readClientHandshake } from './handshake.js';
import { Opening, type OpeningTools, type Upgrade } from './opening.js';
import { Buffers } from './reused-reads.js';
import { SilentAgents } from './silence.js';
import type { Targets } from './targets.js';

export class DesktopProxy {
  readonly #targets: Targets;
  readonly #tools: OpeningTools;

  constructor(live: LiveConnections, caps: ConnectionCaps, targets: Targets, limits: GatewayLimits, traffic: Traffic) {
    this.#targets = targets;
    this.#tools = { live, caps, limits, traffic, pool: new Buffers(), silent: new SilentAgents() };
  }

  /** @throws DeskhandError before the answer has begun */
  async call(grant: DesktopGrant, inside: string, request: IncomingMessage, response: ServerResponse, traceId: string): Promise<void> {
    const route = desktopRouteOf(request.method ?? '', inside);
    const scopes = usableScopes(route, grant.scopes);
    if (route.transport === 'webSocket') throw new DeskhandError('INVALID_REQUEST', 'This address is a WebSocket.');
    this.#targets.check(grant.target);
    const gone = new AbortController();
    const place = this.#tools.live.add(grant, {
      close: () => {
        gone.abort();
        response.destroy();
      },
    });
    response.once('close', () => gone.abort());
    try {
      response.setHeader('x-trace-id', traceId);
      await callAgent(grant, { method: route.method, path: inside, scopes }, response, this.#tools.limits.agentAnswerMs, gone.signal);
    } finally {
      place.leave();
    }
  }

  /**
   * Answers in the end, or has `upgrade.refuse` do it.
   * @throws DeskhandError what can be told at once
   */
  open(grant: DesktopGrant, inside: string, upgrade: Upgrade): void {
    const { request, client } = upgrade;
    const route = desktopRouteOf(request.method ?? '', inside);
    const scopes = usableScopes(route, grant.scopes);
    if (route.transport !== 'webSocket') throw new DeskhandError('NOT_FOUND');
    const handshake = readClientHandshake(request, route.subprotocol);
    this.#targets.check(grant.target);
    // It may have gone while its token was looked at; its 'close' would then never come again.
    if (client.destroyed) return;
    const question = { path: inside, scopes, subprotocol: route.subprotocol };
    Opening.begin(grant, question, upgrade, handshake, this.#tools);
  }
}
