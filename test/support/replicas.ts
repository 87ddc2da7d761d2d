/** Several control planes behind a gateway, each a process of its own on one store, for tests that kill, stall and end them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { HttpClient } from './http-client.js';
import { type FoundProcess, markedProcesses } from './processes.js';

const project = projectFolder();
const API = 'dist/server/api.mjs';
const GATEWAY = 'dist/gateway/gateway.mjs';

/** One process that can be ended and started again on the same port. */
export class ServerProcess {
  #child?: ChildProcess;
  output = '';

  constructor(
    readonly port: number,
    private readonly program: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  client(): HttpClient {
    return new HttpClient(this.url);
  }

  /** The same user, at this door. */
  clientOf({ token }: HttpClient): HttpClient {
    return Object.assign(this.client(), { token });
  }

  /** Returns at once. @param more environment of this start only */
  spawn(more: NodeJS.ProcessEnv = {}): void {
    const child = spawn(process.execPath, [join(project, this.program)], {
      env: { PATH: process.env.PATH, ...this.environment, DESKHAND_PORT: String(this.port), ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-1_000_000);
      });
    }
  }

  async start(more: NodeJS.ProcessEnv = {}): Promise<void> {
    this.spawn(more);
    await this.untilReady();
  }

  async untilReady(): Promise<void> {
    await eventually(async () => {
      if (!this.isRunning) throw new Error(`${this.program} ended:\n${this.output}`);
      const { status } = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(5_000) });
      if (status !== 200) throw new Error(`${this.program} is not ready: ${status}`);
    }, 60_000);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Resolves with the exit code when it has ended, by whatever. */
  async ended(): Promise<number | null> {
    const child = this.#child;
    if (child && this.isRunning) await once(child, 'exit');
    return child?.exitCode ?? null;
  }

  end(signal: NodeJS.Signals): Promise<number | null> {
    this.signal('SIGCONT');
    this.signal(signal);
    return this.ended();
  }
}

export class Replicas {
  readonly #others: ServerProcess[] = [];

  private constructor(
    readonly folder: string,
    readonly configurationFile: string,
    readonly apis: readonly ServerProcess[],
    readonly gateway: ServerProcess,
  ) {}

  /**
   * None of them runs yet.
   *
   * @param options `configuration` is laid over the one that tests use; `program` runs in the place of the control plane's
   */
  static async make(options: { replicas: number; configuration?: object; program?: string }): Promise<Replicas> {
    const folder = mkdtempSync(join(tmpdir(), 'deskhand-replicas-'));
    // Started as root, desktops have uids of their own and must be able to reach their homes.
    chmodSync(folder, 0o711);
    const demo = join(project, 'apps/standalone/demo/accounts.yaml');
    const ports = await Promise.all(Array.from({ length: options.replicas }, freePort));
    const settings = {
      data: 'data',
      gateway: { api: ports.map((port) => `http://127.0.0.1:${port}`) },
      identity: {
        providers: [
          { kind: 'local', id: 'planet-express', displayName: 'Planet Express', accountsFile: demo, demo: true },
          { kind: 'anonymous', id: 'anonymous', displayName: 'Anonymous', demo: true, sessionsPerAddress: 1_000 },
        ],
      },
      catalogue: { folders: [join(project, 'test/e2e/applications')] },
      log: { level: process.env.DESKHAND_TEST_LOG ?? 'warn' },
      ...options.configuration,
    };
    const file = join(folder, 'deskhand.yaml');
    writeFileSync(file, stringify(settings));
    const environment = { DESKHAND_CONFIG: file };
    return new Replicas(
      folder,
      file,
      ports.map((port) => new ServerProcess(port, options.program ?? API, environment)),
      new ServerProcess(await freePort(), GATEWAY, environment),
    );
  }

  /** Starts all of them; they are ready when it returns. */
  async start(): Promise<void> {
    const all = [...this.apis, this.gateway];
    for (const each of all) each.spawn();
    await Promise.all(all.map((each) => each.untilReady()));
  }

  /** A client that comes through the gateway. */
  client(): HttpClient {
    return this.gateway.client();
  }

  /** Starts another gateway on the same port, as a rolling update does; each needs several workers, which share a port. */
  async startAnotherGateway(workers: number): Promise<ServerProcess> {
    const { port } = this.gateway;
    const next = new ServerProcess(port, GATEWAY, { DESKHAND_CONFIG: join(this.folder, 'deskhand.yaml') });
    this.#others.push(next);
    const before = listenersOn(port);
    next.spawn({ WORKERS: String(workers) });
    await eventually(() => {
      if (!next.isRunning) throw new Error(`the other gateway ended:\n${next.output}`);
      if (listenersOn(port) < before + workers) throw new Error('the other gateway does not listen yet');
    }, 60_000);
    return next;
  }

  /** Ends all of it, and what is left of its desktops. */
  async dispose(): Promise<void> {
    await Promise.all([...this.apis, this.gateway, ...this.#others].map((each) => each.end('SIGKILL')));
    for (const { pid } of this.processes()) process.kill(pid, 'SIGKILL');
    const place = this.#placeOfRuns();
    if (place) rmSync(place, { recursive: true, force: true });
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Everything that runs on their desktops. */
  processes(): readonly FoundProcess[] {
    const place = this.#placeOfRuns();
    return place ? markedProcesses().filter(({ marker }) => marker.includes(`@${place}/`)) : [];
  }

  #placeOfRuns(): string | undefined {
    const runs = join(this.folder, 'data/runs');
    return existsSync(runs) ? readlinkSync(runs) : undefined;
  }
}

/** How many sockets listen on a port of 127.0.0.1: several may, side by side. */
function listenersOn(port: number): number {
  const place = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
  return readFileSync('/proc/net/tcp', 'utf8').split(place).length - 1;
}
