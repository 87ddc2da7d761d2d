/** From an admitted upgrade to two joined sockets: dials the agent, and answers the browser once that has proved itself. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { DeskhandError } from '#libs/common';
import type { DesktopGrant } from '#libs/tokens';
import type { ConnectionCaps } from '../connection-caps.js';
import type { GatewayLimits } from '../gateway.options.js';
import type { Closable, LiveConnections, Place } from '../live-connections.js';
import type { Traffic } from '../traffic.js';
import { AgentDialling, type AgentQuestion, type AgentSocket, type Caller } from './agent-dialling.js';
import { type ClientHandshake, clientAnswer } from './handshake.js';
import { type Owner, own } from './owner.js';
import type { Buffers } from './reused-reads.js';
import type { SilentAgents } from './silence.js';
import { Splice } from './splice.js';

/** An upgrade that was admitted: the request, and the connection under it. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly client: Socket;
  /** What came right behind the request. */
  readonly head: Buffer;
  readonly traceId: string;
  refuse(error: DeskhandError): void;
}

export interface OpeningTools {
  readonly live: LiveConnections;
  readonly caps: ConnectionCaps;
  readonly limits: GatewayLimits;
  readonly traffic: Traffic;
  readonly pool: Buffers;
  readonly silent: SilentAgents;
}

export class Opening implements Caller, Owner, Closable {
  readonly #upgrade: Upgrade;
  readonly #handshake: ClientHandshake;
  readonly #tools: OpeningTools;
  readonly #place: Place;
  readonly #dialling: AgentDialling;

  private constructor(grant: DesktopGrant, question: AgentQuestion, upgrade: Upgrade, handshake: ClientHandshake, tools: OpeningTools) {
    this.#upgrade = upgrade;
    this.#handshake = handshake;
    this.#tools = tools;
    this.#place = tools.live.add(grant, this);
    own(upgrade.client, this);
    this.#dialling = new AgentDialling(grant, question, tools, this);
  }

  /** Goes on by itself. @throws DeskhandError when there is no place for it */
  static begin(grant: DesktopGrant, question: AgentQuestion, upgrade: Upgrade, handshake: ClientHandshake, tools: OpeningTools): void {
    new Opening(grant, question, upgrade, handshake, tools);
  }

  /** Cuts it off, as its token is denied or the gateway ends. */
  close(): void {
    this.#upgrade.client.destroy();
  }

  onAgent(agent: AgentSocket): boolean {
    const { client, head, traceId } = this.#upgrade;
    const { pool, traffic, silent, limits, caps } = this.#tools;
    const place = this.#place;
    const greeting = clientAnswer(this.#handshake, traceId);
    const onTakenOver = (socket: Socket) => caps.handOver(client, socket);
    const joined = Splice.join(client, agent, { pool, traffic, silent, place, stallMs: limits.stallMs, greeting, head, onTakenOver });
    if (joined === undefined) {
      agent.socket.destroy();
      place.leave();
      return true;
    }
    traffic.webSockets += 1;
    return joined;
  }

  onNoAgent(error: DeskhandError): void {
    this.#place.leave();
    this.#upgrade.refuse(error);
  }

  onEnd(): void {
    // Whoever says no more may still wait for an answer.
  }

  onError(): void {
    this.close();
  }

  onClose(): void {
    this.#dialling.giveUp();
  }
}
