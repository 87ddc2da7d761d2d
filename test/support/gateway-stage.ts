/** A gateway with agents that stand in behind it and browsers before it: what the specs of desktops have in common. */
import { connect, type Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { GatewayLimits, GatewayOptions } from '#apps/gateway';
import { type AgentBehaviour, type AgentStandIn, startAgentStandIn } from './agent-stand-in.js';
import { DESKTOP, type GatewayRig, openWebSocket, refusalOf, startGatewayRig } from './gateway-rig.js';

export class GatewayStage {
  readonly #ends: (() => Promise<void> | void)[] = [];

  private constructor(readonly rig: GatewayRig) {}

  static async start(limits: Partial<GatewayLimits> = {}, options: Partial<GatewayOptions> = {}): Promise<GatewayStage> {
    return new GatewayStage(await startGatewayRig((_, response) => response.end('api'), { limits, ...options }));
  }

  /** Of run 1 of {@link DESKTOP}. */
  async agentThat(behaviour: AgentBehaviour = {}): Promise<AgentStandIn> {
    const agent = await startAgentStandIn({ desktop: DESKTOP, run: 1, secret: this.rig.secret }, behaviour);
    this.endsWith(agent.close);
    return agent;
  }

  open(path: string, headers: Readonly<Record<string, string>>, protocols?: string[]): WebSocket {
    const socket = openWebSocket(this.rig.port, path, headers, protocols);
    this.endsWith(() => socket.terminate());
    return socket;
  }

  /** How opening it is refused. */
  refusal(...question: Parameters<GatewayStage['open']>): Promise<[number, string]> {
    return refusalOf(this.open(...question));
  }

  /** A bare connection. */
  dial(): Socket {
    const socket = connect(this.rig.port, '127.0.0.1').on('error', () => undefined);
    this.endsWith(() => void socket.destroy());
    return socket;
  }

  /** Something of one test. */
  endsWith(end: () => Promise<void> | void): void {
    this.#ends.push(end);
  }

  /** After each test: ends what it opened. */
  async clear(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }

  async close(): Promise<void> {
    await this.clear();
    await this.rig.close();
  }
}
