/**
 * The real MongoDB of the tests: that of `MONGODB_URL`, else a `mongod` of the PATH, else secantusdb of PyPI, which speaks the same protocol and is kept
 * outside the tree. Each test takes a database of its own.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect as openSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Configuration, configurationSchema } from '#libs/common';
import { migrateStore } from '#libs/event-sourcing';
import { migrations } from '#migrations';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { eventually } from './eventually.js';

const SERVER_PACKAGE = 'secantusdb==0.7.0b3';
const START_WITHIN_MS = 60_000;
const INSTALL_WITHIN_MS = 5 * 60_000;

export type MongoStore = Extract<Configuration['store'], { kind: 'mongo' }>;

export class MongoServer {
  #process?: ChildProcess;
  readonly #folder = mkdtempSync(join(tmpdir(), 'deskhand-mongo-'));

  private constructor(
    private readonly port: number,
    /** Of `MONGODB_URL`: not ours to stop. */
    private readonly given: string | undefined,
    private readonly isReplicaSet: boolean,
  ) {}

  /** A server that runs; ours, unless one was given. @param options `replicaSet`: a set of one member, where secantusdb is the server */
  static async start({ replicaSet = false }: { readonly replicaSet?: boolean } = {}): Promise<MongoServer> {
    const given = process.env.MONGODB_URL;
    const server = new MongoServer(given ? 0 : await freePort(), given, replicaSet);
    if (!given) await server.start();
    return server;
  }

  get url(): string {
    return this.given ?? `mongodb://127.0.0.1:${this.port}`;
  }

  /** Whether tests may stop it. */
  get isOurs(): boolean {
    return this.given === undefined;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts it, again if it was stopped, with the data that it had. */
  async start(): Promise<void> {
    const [program, args, environment] = await serverCommand(this.port, this.#folder, this.isReplicaSet);
    let output = '';
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output = (output + text).slice(-10_000)));
    this.#process = child;
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`the server of MongoDB ended with ${child.exitCode}:\n${output}`);
      await reach(this.port);
    }, START_WITHIN_MS);
  }

  /** Ends it; SIGKILL as a crash does. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  async dispose(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A new database with nothing in it. */
  emptyStore(): MongoStore {
    return { kind: 'mongo', url: this.url, database: `deskhand-${randomBytes(6).toString('hex')}` };
  }

  /** A new database as `npm run migrate` leaves it. */
  async store(): Promise<MongoStore> {
    const store = this.emptyStore();
    await migrateStore(configurationSchema.parse({ store }), migrations, () => {});
    return store;
  }
}

type Command = readonly [program: string, args: readonly string[], environment: NodeJS.ProcessEnv];

async function serverCommand(port: number, folder: string, isReplicaSet: boolean): Promise<Command> {
  const mongod = onPath('mongod');
  if (mongod) return [mongod, ['--port', String(port), '--bind_ip', '127.0.0.1', '--dbpath', folder], {}];
  const kind = isReplicaSet ? [] : ['--standalone'];
  const args = ['-m', 'secantus', ...kind, '--port', String(port), '--storage-path', folder, '--log-level', 'WARNING'];
  return ['python3', args, { PYTHONPATH: await installServer() }];
}

interface Cache {
  cached(kind: string, key: string, make: (folder: string) => Promise<void>): Promise<string>;
  keyOf(paths: readonly string[], ...values: readonly unknown[]): string;
}

/** @returns the folder of its packages */
async function installServer(): Promise<string> {
  const { cached, keyOf } = (await import(pathToFileURL(join(projectFolder(), 'test/cluster/cache.mjs')).href)) as Cache;
  const version = await run('python3', ['--version']);
  return cached('mongo', keyOf([], SERVER_PACKAGE, version), async (folder) => {
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', folder, SERVER_PACKAGE]);
  });
}

const run = async (program: string, args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(program, args, { timeout: INSTALL_WITHIN_MS })).stdout.trim();

function onPath(program: string): string | undefined {
  const files = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const reach = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = openSocket(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
