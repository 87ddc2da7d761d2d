/** Opens the display for browsers and for the control plane's probe, and counts who is there. */
import { connect, type Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { DeskhandError } from '#libs/common';
import type { AgentScope } from '#libs/tokens';
import { bridge } from './rfb-bridge.js';
import { RfbInputFilter } from './rfb-input-filter.js';

const MAX_BROWSERS = 32;
const MAX_PROBES = 8;
/** Longest wait for a display that is starting. */
const WAIT_MS = 10_000;

export interface DisplaySource {
  readonly answering: Promise<void>;
  readonly rfbSocket: string;
}

export class DisplaySockets {
  readonly #display: DisplaySource;
  readonly #onChange: () => void;
  readonly #open = new Set<WebSocket>();
  #browsers = 0;
  #probes = 0;
  #connections = 0;
  #lastDisconnectedAt: string | null = null;

  constructor(display: DisplaySource, onChange: () => void) {
    this.#display = display;
    this.#onChange = onChange;
  }

  /** Browsers there now, and when the last one left. */
  get presence(): { connections: number; lastDisconnectedAt: string | null } {
    return { connections: this.#connections, lastDisconnectedAt: this.#lastDisconnectedAt };
  }

  /**
   * @param peer the connection that wants to be upgraded; nothing is left behind when it goes first
   * @param upgrade answers 101; called once the display is there
   * @throws DeskhandError `TOO_MANY_CONNECTIONS`, `DISPLAY_NOT_READY`
   */
  async admit(scopes: ReadonlySet<AgentScope>, peer: Socket, upgrade: (opened: (browser: WebSocket) => void) => void): Promise<void> {
    const probe = scopes.has('operate');
    this.#take(probe);
    peer.once('close', () => {
      if (probe) this.#probes--;
      else this.#browsers--;
    });
    const display = await this.#connect();
    if (peer.destroyed) return void display.destroy();
    peer.once('close', () => display.destroy());
    upgrade((browser) => {
      bridge(browser, display, new RfbInputFilter(scopes.has('control')));
      this.#open.add(browser);
      if (!probe) this.#came();
      browser.once('close', () => {
        this.#open.delete(browser);
        if (!probe) this.#left();
      });
    });
  }

  /** Tells everybody that it is over. */
  end(): void {
    for (const browser of this.#open) browser.close(1001, 'The desktop ends.');
  }

  #take(probe: boolean): void {
    if (probe ? this.#probes >= MAX_PROBES : this.#browsers >= MAX_BROWSERS)
      throw new DeskhandError('TOO_MANY_CONNECTIONS', undefined, { retryAfter: 5 });
    if (probe) this.#probes++;
    else this.#browsers++;
  }

  async #connect(): Promise<Socket> {
    const until = performance.now() + WAIT_MS;
    try {
      await within(this.#display.answering, WAIT_MS);
      for (;;) {
        const socket = await opened(this.#display.rfbSocket);
        if (socket) return socket;
        if (performance.now() > until) throw new Error('busy');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    } catch {
      throw new DeskhandError('DISPLAY_NOT_READY', undefined, { retryAfter: 1 });
    }
  }

  #came(): void {
    this.#connections++;
    this.#onChange();
  }

  #left(): void {
    this.#connections--;
    this.#lastDisconnectedAt = new Date().toISOString();
    this.#onChange();
  }
}

async function within<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let limit: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    limit = setTimeout(() => reject(new Error('late')), limitMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(limit));
}

/** @returns undefined when the X server has more callers waiting than it lets queue, which are five */
async function opened(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    // Kept: until the bridge listens, a broken line shows itself by being closed.
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EAGAIN' ? resolve(undefined) : reject(error)));
  });
}
