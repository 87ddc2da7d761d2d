/** Debian's memcached on a port of its own, for tests that stop, stall and fill it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';

export class Memcached {
  #child?: ChildProcess;

  private constructor(
    readonly port: number,
    private readonly flags: readonly string[],
  ) {}

  /** @param flags such as `-m 2` for 2 MiB of memory */
  static async start(...flags: string[]): Promise<Memcached> {
    const memcached = await Memcached.absent(...flags);
    await memcached.start();
    return memcached;
  }

  /** One that does not run yet. */
  static async absent(...flags: string[]): Promise<Memcached> {
    return new Memcached(await freePort(), flags);
  }

  get server(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    this.#child = spawn('memcached', ['-l', '127.0.0.1', '-p', String(this.port), '-U', '0', ...user, ...this.flags], { stdio: 'ignore' });
    await eventually(async () => {
      const socket = connect(this.port, '127.0.0.1');
      await once(socket, 'connect').finally(() => socket.destroy());
    });
  }

  /** Answers nothing, but keeps its connections. */
  stall(): void {
    this.#child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.#child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
