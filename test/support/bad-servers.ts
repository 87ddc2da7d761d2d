/** Servers that take connections and are of no use: silent, talking nonsense, or slow. */
import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class BadServer {
  connections = 0;
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static silent(): Promise<BadServer> {
    return BadServer.#listen(() => {});
  }

  /** Answers whatever it is asked with random bytes. */
  static garbage(): Promise<BadServer> {
    return BadServer.#listen((socket) => socket.on('data', () => socket.write(randomBytes(4096))));
  }

  /** Hangs up as soon as it is asked something. */
  static rude(): Promise<BadServer> {
    return BadServer.#listen((socket) => socket.once('data', () => socket.destroy()));
  }

  /** Passes what a real server answers on, so much later. */
  static slow(url: string, delayMs: () => number): Promise<BadServer> {
    const { hostname, port } = new URL(url);
    return BadServer.#listen((socket) => {
      const real = connect(Number(port), hostname);
      socket.pipe(real);
      real.on('data', (data) => setTimeout(() => socket.destroyed || socket.write(data), delayMs()));
      real.on('error', () => socket.destroy());
      socket.on('close', () => real.destroy());
    });
  }

  static async #listen(handle: (socket: Socket) => void): Promise<BadServer> {
    const server = createServer();
    const bad = new BadServer(server);
    server.on('connection', (socket) => {
      bad.connections++;
      bad.#sockets.add(socket);
      socket.on('error', () => {}).on('close', () => bad.#sockets.delete(socket));
      handle(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return bad;
  }

  get url(): string {
    return `ldap://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
