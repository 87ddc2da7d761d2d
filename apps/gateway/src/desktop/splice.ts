/** Joins browser and agent: bytes go through as they are, no frame is looked at, and neither side can make us hold more than one read. */
import type { Socket } from 'node:net';
import type { Closable, Place } from '../live-connections.js';
import type { Traffic } from '../traffic.js';
import type { AgentSocket } from './agent-dialling.js';
import type { Budget } from './budget.js';
import { Flow, type FlowTerms } from './flow.js';
import { type Owner, own } from './owner.js';
import { type Buffers, ReusedReads } from './reused-reads.js';
import type { Silence, SilentAgents, WatchedAgent } from './silence.js';
import { takeOver } from './take-over.js';

/** A side that was told the end and does not end itself is cut off. */
const LINGER_MS = 10_000;

export interface SpliceOptions {
  readonly pool: Buffers;
  readonly traffic: Traffic;
  /** Free again when both sides have gone. */
  readonly place: Place;
  readonly silent: SilentAgents;
  readonly stallMs: number;
  /** What the browser gets first. */
  readonly greeting: string;
  /** What the browser sent behind its request. */
  readonly head: Buffer;
  /** The browser's connection is under this socket from now on. */
  readonly onTakenOver: (socket: Socket) => void;
}

/** All that stays of an open connection: nothing here leads back to its opening. */
export class Splice implements Owner, FlowTerms, Closable, WatchedAgent {
  readonly budgets: readonly Budget[];
  readonly stallMs: number;
  readonly #client: Socket;
  readonly #clientReads: ReusedReads;
  readonly #desktop: Socket;
  readonly #desktopReads: ReusedReads;
  readonly #down: Flow;
  readonly #up: Flow;
  readonly #place: Place;
  readonly #silent: SilentAgents;
  readonly #silence: Silence;
  #linger: NodeJS.Timeout | undefined;
  #open = 2;

  private constructor(client: Socket, clientReads: ReusedReads, agent: AgentSocket, options: SpliceOptions) {
    const { place, stallMs, traffic, silent } = options;
    this.budgets = place.budgets;
    this.stallMs = stallMs;
    this.#client = client;
    this.#clientReads = clientReads;
    this.#desktop = agent.socket;
    this.#desktopReads = agent.reads;
    this.#place = place;
    this.#silent = silent;
    const silence = silent.watch(this);
    this.#silence = silence;
    this.#down = new Flow(this.#desktop, client, this, (bytes) => {
      silence.heard();
      traffic.bytesToBrowsers += bytes;
    });
    this.#up = new Flow(client, this.#desktop, this, (bytes) => {
      silence.sent();
      traffic.bytesToDesktops += bytes;
    });
    this.#desktopReads.reader = this.#down;
    clientReads.reader = this.#up;
    if (place.budgets.length > 0) {
      const most = Math.min(...place.budgets.map(({ readBytes }) => readBytes));
      for (const reads of [clientReads, agent.reads]) reads.limit(most);
    }
    own(client, this);
    own(this.#desktop, this);
    place.isHeldBy(this);
  }

  /**
   * To be called while the agent's bytes are taken.
   *
   * @param accepted the browser's, its upgrade not answered yet
   * @returns whether reading the agent may go on at once; undefined when the browser has gone
   */
  static join(accepted: Socket, agent: AgentSocket, options: SpliceOptions): boolean | undefined {
    const { pool, greeting, head, onTakenOver } = options;
    const reads = new ReusedReads(pool, NOBODY);
    const taken = takeOver(accepted, reads.onread);
    if (!taken) {
      reads.free();
      return undefined;
    }
    const { socket: client, early, isReused } = taken;
    onTakenOver(client);
    const splice = new Splice(client, reads, agent, options);
    if (!isReused) client.on('data', (bytes: Buffer) => reads.reader.take(bytes) || client.pause());
    for (const bytes of [head, early]) if (bytes.length > 0) agent.socket.write(bytes);
    client.write(greeting, 'latin1');
    const goesOn = agent.first.length === 0 || splice.#down.take(agent.first);
    client.resume();
    return goesOn;
  }

  /** Whether we do not read the desktop just now. */
  get isDeaf(): boolean {
    return this.#down.isWaiting;
  }

  /** Cuts both sides off at once. */
  close(): void {
    this.#client.destroy();
    this.#desktop.destroy();
  }

  onEnd(socket: Socket): void {
    const other = this.#otherThan(socket);
    // A browser that says no more has gone: WebSockets know no half of a connection. What it said last is still handed on; what a desktop said last, read.
    if (socket === this.#client && other.writableLength === 0) this.close();
    else {
      other.end();
      this.#linger ??= setTimeout(() => this.close(), LINGER_MS);
    }
  }

  onError(): void {
    this.close();
  }

  onClose(socket: Socket): void {
    if (socket === this.#desktop) this.#silent.forget(this.#silence);
    this.#open -= 1;
    if (this.#open > 0) {
      // The other side still gets what is on its way to it; nobody is there any more for what it has to say.
      this.#otherThan(socket).destroySoon();
      this.#linger ??= setTimeout(() => this.close(), LINGER_MS);
      return;
    }
    clearTimeout(this.#linger);
    this.#down.stop();
    this.#up.stop();
    this.#clientReads.free();
    this.#desktopReads.free();
    this.#place.leave();
  }

  #otherThan(socket: Socket): Socket {
    return socket === this.#client ? this.#desktop : this.#client;
  }
}

const NOBODY = { take: () => true };
