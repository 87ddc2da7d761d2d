/** The load, as a process of its own: raw sockets, so that it costs little and measures the proxy and not itself. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { answerWith } from './workers.js';

export interface Target {
  readonly port: number;
  readonly path: string;
}

export type Load = {
  /** Opens WebSockets and keeps them. */
  open: (ask: Target & { tokens: readonly string[]; sockets: number; concurrency: number }) => Promise<void>;
  /** Sends one byte on each and waits until each has got so many back. @returns seconds */
  pull: (ask: { bytesPerSocket: number }) => Promise<number>;
  /** Sends messages in turn over all of them, evenly in time, each answered. @returns milliseconds of every answer */
  converse: (ask: { messagesPerSecond: number; seconds: number; bytesOut: number; bytesIn: number }) => Promise<readonly number[]>;
  close: (nothing: null) => void;
  /** Opens and closes; `abandon` drops each without waiting for an answer. @returns seconds */
  opens: (
    ask: Target & { tokens: readonly string[]; count: number; concurrency: number; perSecond?: number; abandon?: boolean },
  ) => Promise<number>;
  /** Asks for upgrades that are refused. @returns how many were, by the first line of the answer */
  refused: (
    ask: Target & { tokens: readonly string[]; count: number; concurrency: number; perSecond?: number },
  ) => Promise<Record<string, number>>;
  /** Requests one after the other on kept connections. @returns seconds */
  requests: (ask: Target & { count: number; connections: number }) => Promise<number>;
};

const DISCARD = Buffer.allocUnsafeSlow(256 * 1024);
let sockets: Peer[] = [];

/** A client's WebSocket after its upgrade; what comes is counted. */
interface Peer {
  readonly socket: Socket;
  got: number;
  onBytes: () => void;
}

function upgradeOf({ port, path }: Target, token: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    `Origin: http://127.0.0.1:${port}`,
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'Accept-Encoding: gzip, deflate, br',
    'Accept-Language: en-GB,en;q=0.9',
    `Cookie: deskhand-desktop=${token}`,
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: binary',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    '\r\n',
  ].join('\r\n');
}

/** @returns the answer's first line and the peer */
function dial(target: Target, token: string): Promise<[string, Peer]> {
  const { promise, resolve, reject } = Promise.withResolvers<[string, Peer]>();
  let head = '';
  let isOpen = false;
  const peer: Peer = {
    socket: connect({
      host: '127.0.0.1',
      port: target.port,
      noDelay: true,
      onread: {
        buffer: DISCARD,
        callback: (length, bytes) => {
          if (isOpen) {
            peer.got += length;
            peer.onBytes();
            return true;
          }
          head += Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1');
          const end = head.indexOf('\r\n\r\n');
          if (end < 0) return true;
          isOpen = true;
          peer.got = head.length - end - 4;
          resolve([head.slice(0, head.indexOf('\r\n')), peer]);
          return true;
        },
      },
    }),
    got: 0,
    onBytes: () => undefined,
  };
  peer.socket.on('connect', () => peer.socket.write(upgradeOf(target, token)));
  peer.socket.on('error', reject);
  peer.socket.on('close', () => reject(new Error(`closed before an answer: ${head}`)));
  return promise;
}

/** Runs a piece of work `count` times, so many at once; with `perSecond` no faster than that. */
async function repeat(
  count: number,
  concurrency: number,
  work: (index: number) => Promise<void>,
  perSecond = Number.POSITIVE_INFINITY,
): Promise<number> {
  const started = performance.now();
  let next = 0;
  const runner = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const early = (index * 1000) / perSecond - (performance.now() - started);
      if (early > 1) await pause(early);
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, runner));
  return (performance.now() - started) / 1000;
}

const one = (tokens: readonly string[], index: number): string => tokens[index % tokens.length] as string;

async function dialOpen(target: Target, token: string): Promise<Peer> {
  const [line, peer] = await dial(target, token);
  if (!line.includes(' 101 ')) throw new Error(`not opened: ${line}`);
  return peer;
}

/** A masked frame of zeros, `bytes` with its head of six. */
function maskedFrame(bytes: number): Buffer {
  const frame = Buffer.alloc(bytes);
  frame[0] = 0x82;
  frame[1] = 0x80 | (bytes - 6);
  return frame;
}

async function converse(ask: Parameters<Load['converse']>[0]): Promise<readonly number[]> {
  const { messagesPerSecond, seconds, bytesOut, bytesIn } = ask;
  const frame = maskedFrame(bytesOut);
  const times: number[] = [];
  const sent = sockets.map(() => [] as number[]);
  sockets.forEach((peer, index) => {
    peer.got = 0;
    peer.onBytes = () => {
      for (; peer.got >= bytesIn; peer.got -= bytesIn) times.push(performance.now() - (sent[index]?.shift() ?? Number.NaN));
    };
  });
  const total = messagesPerSecond * seconds;
  const started = performance.now();
  for (let n = 0; n < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - started) * messagesPerSecond) / 1000));
    for (; n < due; n += 1) {
      sent[n % sockets.length]?.push(performance.now());
      sockets[n % sockets.length]?.socket.write(frame);
    }
    await pause(1);
  }
  const end = performance.now() + 10_000;
  while (times.length < total && performance.now() < end) await pause(5);
  if (times.length < total) throw new Error(`${total - times.length} of ${total} messages were not answered`);
  return times;
}

answerWith({
  open: async ({ tokens, sockets: count, concurrency, ...target }) => {
    sockets = [];
    await repeat(count, concurrency, async (index) => {
      sockets.push(await dialOpen(target, one(tokens, index)));
    });
  },
  pull: async ({ bytesPerSocket }) => {
    const started = performance.now();
    await Promise.all(
      sockets.map(
        (peer) =>
          new Promise<void>((resolve) => {
            peer.got = 0;
            peer.onBytes = () => {
              if (peer.got >= bytesPerSocket) resolve();
            };
            peer.socket.write(maskedFrame(7));
          }),
      ),
    );
    return (performance.now() - started) / 1000;
  },
  converse,
  close: () => {
    for (const { socket } of sockets) socket.destroy();
    sockets = [];
  },
  opens: ({ tokens, count, concurrency, perSecond, abandon, ...target }) =>
    repeat(
      count,
      concurrency,
      async (index) => {
        if (abandon) await abandonOne(target, one(tokens, index), index);
        else (await dialOpen(target, one(tokens, index))).socket.destroy();
      },
      perSecond,
    ),
  refused: async ({ tokens, count, concurrency, perSecond, ...target }) => {
    const lines: Record<string, number> = {};
    await repeat(
      count,
      concurrency,
      async (index) => {
        const [line, peer] = await dial(target, one(tokens, index));
        lines[line] = (lines[line] ?? 0) + 1;
        peer.socket.destroy();
      },
      perSecond,
    );
    return lines;
  },
  requests: async ({ port, path, count, connections }) => {
    const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`;
    const kept = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(port, request)));
    const seconds = await repeat(count, connections, async () => {
      const connection = kept.pop() as HttpConnection;
      await connection.ask();
      kept.push(connection);
    });
    for (const connection of kept) connection.socket.destroy();
    return seconds;
  },
} satisfies Load);

/** Drops a connection at one of the moments at which browsers do: before the request is whole, right behind it, or a moment later. */
async function abandonOne(target: Target, token: string, index: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port: target.port, noDelay: true });
  socket.on('error', () => undefined);
  const request = upgradeOf(target, token);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise<void>((resolve) => socket.once('connect', resolve).once('close', resolve));
  const moment = index % 3;
  socket.write(moment === 0 ? request.slice(0, request.length / 2) : request);
  if (moment === 2) await pause(index % 7);
  if (index % 2 === 0) socket.resetAndDestroy();
  else socket.destroySoon();
  await closed;
}

/** One kept connection: asks, and waits for the answer that its Content-Length announces. */
class HttpConnection {
  #need = -1;
  #head = '';
  #onAnswer: () => void = () => undefined;
  readonly socket: Socket;
  readonly #request: string;

  private constructor(port: number, request: string) {
    this.#request = request;
    this.socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: { buffer: Buffer.allocUnsafeSlow(256 * 1024), callback: (length, bytes) => this.#read(length, bytes as Buffer) },
    });
  }

  static async open(port: number, request: string): Promise<HttpConnection> {
    const connection = new HttpConnection(port, request);
    await new Promise<void>((resolve, reject) => connection.socket.once('connect', resolve).once('error', reject));
    return connection;
  }

  ask(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAnswer = resolve;
      this.socket.write(this.#request);
    });
  }

  #read(length: number, bytes: Buffer): boolean {
    let body = length;
    if (this.#need < 0) {
      this.#head += bytes.toString('latin1', 0, Math.min(length, 4096));
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) return true;
      if (!this.#head.startsWith('HTTP/1.1 200')) throw new Error(this.#head.slice(0, 200));
      this.#need = Number(/content-length: *(\d+)/i.exec(this.#head)?.[1]);
      body = length - end - 4;
      this.#head = '';
    }
    this.#need -= body;
    if (this.#need <= 0) {
      this.#need = -1;
      this.#onAnswer();
    }
    return true;
  }
}
