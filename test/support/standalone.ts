/** Runs the built standalone server as `npm start` does, in a data folder of its own, for tests that kill it and start it again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { freePort } from './free-port.js';

const project = projectFolder();
const START_TIMEOUT_MS = 60_000;

export class StandaloneServer {
  #child?: ChildProcess;
  output = '';

  private constructor(
    readonly folder: string,
    readonly port: number,
  ) {}

  /** @param configuration laid over the one that tests use; a function learns the server's address first */
  static async make(configuration: object | ((url: string) => Promise<object>) = {}): Promise<StandaloneServer> {
    const folder = mkdtempSync(join(tmpdir(), 'deskhand-e2e-'));
    const server = new StandaloneServer(folder, await freePort());
    // Started as root, desktops have uids of their own and must be able to reach their homes.
    chmodSync(folder, 0o711);
    const demo = join(project, 'apps/standalone/demo/accounts.yaml');
    const settings = {
      data: 'data',
      identity: {
        providers: [
          { kind: 'local', id: 'planet-express', displayName: 'Planet Express', accountsFile: demo, demo: true },
          { kind: 'anonymous', id: 'anonymous', displayName: 'Anonymous', demo: true, sessionsPerAddress: 1_000 },
        ],
      },
      catalogue: { folders: [join(project, 'test/e2e/applications')] },
      log: { level: 'debug' },
      ...(typeof configuration === 'function' ? await configuration(server.url) : configuration),
    };
    writeFileSync(join(folder, 'deskhand.yaml'), stringify(settings));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it and waits until it says that it is ready. */
  async start(port = this.port): Promise<void> {
    const child = spawn(process.execPath, [join(project, 'dist/server/standalone.mjs')], {
      cwd: this.folder,
      env: { PATH: process.env.PATH, DESKHAND_CONFIG: join(this.folder, 'deskhand.yaml'), DESKHAND_PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error(`the server did not start:\n${this.output}`)), START_TIMEOUT_MS);
    const from = this.output.length;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-1_000_000);
        if (this.output.slice(from).includes('is ready')) resolve();
      });
    }
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}:\n${this.output.slice(from)}`)));
    await promise;
    clearTimeout(timer);
  }

  /** Ends it as the given signal does and waits until it has gone; returns its exit code. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const { promise, resolve } = Promise.withResolvers<number | null>();
    child.on('exit', resolve);
    child.kill(signal);
    return promise;
  }

  /** Ends it with everything that belongs to it. */
  async dispose(): Promise<void> {
    await this.end('SIGINT');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The home folder of the only desktop that there ever was. */
  home(): string {
    const homes = join(this.folder, 'data/homes');
    const [only, ...others] = readdirSync(homes);
    if (only === undefined || others.length > 0) throw new Error(`there are ${others.length + (only ? 1 : 0)} homes`);
    return join(homes, only);
  }
}
