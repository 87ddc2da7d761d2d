/** The agent's own line to the X server: the few requests that it needs, as promises, over the socket and with the key that it is given. */
import { connect, type Socket } from 'node:net';
import core, { type XClient, type XEvent, type XResource } from 'x11/lib/xcore.js';
import { COOKIE_NAME } from './x-authority.js';

export interface XDisplay {
  readonly name: string;
  readonly clientSockets: readonly string[];
  readonly cookie: Buffer;
}

export const PROPERTY_CHANGE = 0x0040_0000;
/** Atoms that every X server has (X11 protocol, appendix B). */
const [ATOM_RESOURCE_MANAGER, ATOM_STRING] = [23, 31];
const [REPLACE, APPEND] = [0, 2] as const;
const LOCAL_CLIENT_PID = 2;
const CORE_KEYBOARD = 0x100;
const BELL_NOTIFY = 1 << 8;
/** 32-bit words of a property that are read; a longer one is cut. */
const MAX_PROPERTY_WORDS = 4096;

export class XConnection {
  readonly root: number;
  readonly #client: XClient;
  readonly #resource: XResource | undefined;
  readonly #atoms = new Map<string, Promise<number>>();

  private constructor(client: XClient, root: number, resource: XResource | undefined) {
    this.#client = client;
    this.root = root;
    this.#resource = resource;
  }

  static async open(display: XDisplay): Promise<XConnection> {
    const stream = await firstOf(display.clientSockets);
    const auth = { name: COOKIE_NAME, data: display.cookie.toString('latin1') };
    return new Promise((resolve, reject) => {
      const client = core.createClient(
        { stream, display: display.name, auth, disableBigRequests: true },
        (error, { screen } = { screen: [] }) => {
          const root = screen[0]?.root;
          if (error || root === undefined) return reject(error ?? new Error('the X server has no screen'));
          client.require('res', (missing, resource) => {
            resolve(new XConnection(client, root, missing ? undefined : resource));
            return true;
          });
        },
      );
      // Errors of requests without a callback: windows vanish while they are asked about.
      client.on('error', reject);
    });
  }

  onEvent(listener: (event: XEvent) => void): void {
    this.#client.on('event', listener);
  }

  /** Asks for an event `XkbBellNotify` whenever a program rings. */
  watchBell(): void {
    this.#client.require('xkb', (missing, keyboard) => {
      if (!missing) keyboard.SelectEvents(CORE_KEYBOARD, BELL_NOTIFY, 0, BELL_NOTIFY, 0, 0);
      return true;
    });
  }

  atom(name: string): Promise<number> {
    const known = this.#atoms.get(name);
    if (known) return known;
    const asked = this.#ask<number>((callback) => this.#client.InternAtom(false, name, callback));
    this.#atoms.set(name, asked);
    return asked;
  }

  /** @returns the bytes of a property, none when it or the window is not there */
  async property(window: number, name: string): Promise<Buffer> {
    const atom = await this.atom(name);
    const read = this.#ask<{ data: Buffer }>((callback) => this.#client.GetProperty(0, window, atom, 0, 0, MAX_PROPERTY_WORDS, callback));
    return read.then(
      ({ data }) => data,
      () => Buffer.alloc(0),
    );
  }

  async numbers(window: number, name: string): Promise<number[]> {
    const data = await this.property(window, name);
    return Array.from({ length: data.length >> 2 }, (_, index) => data.readUInt32LE(4 * index));
  }

  /**
   * Which process made a window, as the X server knows it from the socket. What the window claims counts only for a server that cannot tell:
   * the claim of a program on another machine, or in another process namespace, would be the number of somebody else here.
   */
  async processOf(window: number): Promise<number | undefined> {
    const resource = this.#resource;
    if (resource) {
      const ids = await this.#ask<readonly { value: readonly number[] }[]>((callback) =>
        resource.QueryClientIds([{ client: window, mask: LOCAL_CLIENT_PID }], callback),
      ).catch(() => []);
      return ids[0]?.value[0] || undefined;
    }
    return (await this.numbers(window, '_NET_WM_PID'))[0];
  }

  watchProperties(window: number): void {
    this.#client.ChangeWindowAttributes(window, { eventMask: PROPERTY_CHANGE });
  }

  /** @param colour 0xRRGGBB */
  paintRoot(colour: number): void {
    this.#client.ChangeWindowAttributes(this.root, { backgroundPixel: colour });
    this.#client.ClearArea(this.root, 0, 0, 0, 0, 0);
  }

  /** Defaults for programs that read the X resource database. */
  setResources(resources: string): void {
    this.#client.ChangeProperty(REPLACE, this.root, ATOM_RESOURCE_MANAGER, ATOM_STRING, 8, Buffer.from(resources));
  }

  /** Changes nothing, but every client that watches the root window gets an event. */
  touchRoot(): void {
    if (this.#client.stream.destroyed) return;
    this.#client.ChangeProperty(APPEND, this.root, ATOM_RESOURCE_MANAGER, ATOM_STRING, 8, Buffer.alloc(0));
  }

  /** Asks the window manager for something about a window (EWMH). */
  async request(window: number, message: string, data: readonly number[]): Promise<void> {
    this.#client.SendClientMessage(this.root, window, await this.atom(message), 32, data);
  }

  close(): void {
    this.#client.stream.destroy();
  }

  #ask<T>(send: (callback: (error: Error | null | undefined, result: T) => boolean) => void): Promise<T> {
    return new Promise((resolve, reject) =>
      send((error, result) => {
        if (error) reject(error);
        else resolve(result);
        return true;
      }),
    );
  }
}

async function firstOf(paths: readonly string[]): Promise<Socket> {
  let failure: unknown;
  for (const path of paths) {
    const socket = connect(path);
    try {
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
      return socket;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
