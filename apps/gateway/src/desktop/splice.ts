/** Joins browser and agent: bytes go through as they are, no frame is looked at, and neither side can make us hold more than one read. */
import type { Socket } from 'node:net';
import type { Traffic } from '../traffic.js';
import { type AgentSocket, freeing } from './agent-socket.js';
import type { Budget } from './budget.js';
import { Flow } from './flow.js';
import { type Buffers, ReusedReads } from './reused-reads.js';
import type { SilentAgents } from './silence.js';
import { takeOver } from './take-over.js';

/** A side that was told the end and does not end itself is cut off. */
const LINGER_MS = 10_000;

export interface SpliceOptions {
  readonly pool: Buffers;
  readonly traffic: Traffic;
  readonly budgets: readonly Budget[];
  readonly stallMs: number;
  readonly silent: SilentAgents;
  /** What the browser gets first. */
  readonly greeting: string;
  /** What the browser sent behind its request. */
  readonly head: Buffer;
  /** The browser's connection is under this socket from now on. */
  readonly onTakenOver: (socket: Socket) => void;
  /** Called once, when both sides have gone. */
  readonly onClosed: () => void;
}

/**
 * @param accepted the browser's, its upgrade not answered yet
 * @returns cuts both off at once; undefined when the browser has gone
 */
export function splice(accepted: Socket, agent: AgentSocket, options: SpliceOptions): (() => void) | undefined {
  const { pool, traffic, budgets, stallMs, silent, greeting, head, onTakenOver, onClosed } = options;
  const reads = new ReusedReads(pool, () => true);
  const taken = takeOver(accepted, reads.onread);
  if (!taken) {
    reads.free();
    return undefined;
  }
  // What is named here stays with the connection: nothing of its opening is.
  const client = taken.socket;
  const { socket: desktop, reads: desktopReads } = agent;
  onTakenOver(client);
  const cut = (): void => {
    client.destroy();
    desktop.destroy();
  };
  const common = { budgets, stallMs, onStalled: cut };
  const down = new Flow(desktop, client, { ...common, release: () => desktopReads.release() });
  const up = new Flow(client, desktop, { ...common, release: () => reads.release() });
  const silence = silent.watch(desktop, () => down.isWaiting, cut);
  desktopReads.consume = (bytes) => {
    silence.heard();
    traffic.bytesToBrowsers += bytes.length;
    return down.take(bytes);
  };
  reads.consume = (bytes) => {
    silence.sent();
    traffic.bytesToDesktops += bytes.length;
    return up.take(bytes);
  };
  if (!taken.isReused) client.on('data', (bytes: Buffer) => reads.consume(bytes) || client.pause());

  let linger: NodeJS.Timeout | undefined;
  const endWith = (other: Socket) => () => {
    other.end();
    linger ??= setTimeout(cut, LINGER_MS);
  };
  let open = 2;
  const closeWith = (other: Socket) => () => {
    // The other side still gets what is on its way to it; nobody is there any more for what it has to say.
    other.destroySoon();
    linger ??= setTimeout(cut, LINGER_MS);
    open -= 1;
    if (open > 0) return;
    clearTimeout(linger);
    for (const flow of [down, up]) flow.stop();
    onClosed();
  };
  client.on('end', endWith(desktop)).on('error', cut).on('close', closeWith(desktop));
  client.once('close', freeing(reads));
  desktop.on('end', endWith(client)).on('error', cut).on('close', closeWith(client));

  for (const early of [head, taken.early]) if (early.length > 0) desktop.write(early);
  client.cork();
  client.write(greeting, 'latin1');
  if (agent.first.length > 0) client.write(agent.first);
  client.uncork();
  desktopReads.release();
  desktop.resume();
  client.resume();
  return cut;
}
