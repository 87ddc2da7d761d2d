/** Runs the real, bundled agent for tests and talks to it as the gateway and the control plane do. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { WebSocket } from 'ws';
import {
  type AgentAddress,
  type AgentConfiguration,
  type AgentStatus,
  APPLICATION_VARIABLE,
  type DesktopWindow,
  endRun,
  FAILURE_FILE,
  RUN_VARIABLE,
  runMarker,
} from '#libs/display';
import { type AgentScope, PROOF_HEADER, proveToAgent } from '#libs/tokens';
// @ts-expect-error a configuration file has no types
import bundle from '../../apps/agent/rolldown.config.mjs';
import { marked, type ProcessEntry, readProcesses } from '../../libs/display/src/process-table.js';

/** Builds the agent. @returns the file to run */
export async function buildAgent(folder: string): Promise<string> {
  const file = join(folder, 'agent.mjs');
  const build = await rolldown({ ...bundle, logLevel: 'silent' });
  await build.write({ ...bundle.output, file });
  await build.close();
  return file;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Waits until `look` gives something, or throws with what it saw last. */
export async function eventually<T>(look: () => Promise<T | undefined | false> | T | undefined | false, withinMs = 15_000): Promise<T> {
  const until = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > until) throw new Error(`not within ${withinMs} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** TCP port of display 0. */
export const X_PORT = 6000;

type RigOptions = ConstructorParameters<typeof AgentRig> extends [string, ...infer Rest] ? Rest : never;

export class AgentRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'deskhand-agent-'));
  readonly secret = randomBytes(32);
  readonly configuration: AgentConfiguration;
  readonly process: ChildProcess;
  output = '';
  #address: AgentAddress | undefined;

  /** @param uid whom it runs as; whoever runs the tests by default @param inside command in front of it, that brings it to another place */
  constructor(
    program: string,
    change: Partial<AgentConfiguration> = {},
    environment: NodeJS.ProcessEnv = {},
    uid?: number,
    inside: readonly string[] = [],
  ) {
    const [secretFile, addressFile, home, run] = ['secret', 'address', 'home', 'run'].map((name) => join(this.folder, name)) as [
      string,
      string,
      string,
      string,
    ];
    mkdirSync(home);
    mkdirSync(run, { mode: 0o700 });
    writeFileSync(secretFile, this.secret.toString('base64url'), { mode: 0o600 });
    this.configuration = {
      ...{ desktop: 'test-desktop', run: 1, listen: { host: '127.0.0.1', port: 0 }, addressFile, secretFile, folder: run, home },
      ...{ userName: 'fry', width: 800, height: 600 },
      ...change,
    };
    const file = join(this.folder, 'agent.json');
    writeFileSync(file, JSON.stringify(this.configuration));
    if (uid !== undefined) for (const path of [this.folder, secretFile, home, run]) chownSync(path, uid, uid);
    const [command = '', ...argv] = [...inside, process.execPath, '--max-semi-space-size=1', program, '--config', file];
    this.process = spawn(command, argv, {
      ...(uid !== undefined ? { uid, gid: uid } : {}),
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.on('data', (chunk) => {
        this.output += chunk;
      });
  }

  get identity() {
    return { desktop: this.configuration.desktop, run: this.configuration.run, secret: this.secret };
  }

  async address(): Promise<AgentAddress> {
    this.#address ??= await eventually(() => {
      if (this.process.exitCode !== null) throw new Error(`the agent ended: ${this.output}`);
      const file = this.configuration.addressFile ?? '';
      return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as AgentAddress);
    });
    return this.#address;
  }

  /** A header that proves the caller for exactly one request. */
  prove(method: string, path: string, scopes: readonly AgentScope[]) {
    return proveToAgent(this.identity, { method, path, scopes });
  }

  async send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const { address, port } = await this.address();
    const outgoing = request({ host: address, port, method, path, headers, agent: false });
    outgoing.end(body);
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of incoming) text += chunk;
    return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: text };
  }

  async call(method: string, path: string, scopes: readonly AgentScope[], body?: unknown): Promise<Answer> {
    const { header } = this.prove(method, path, scopes);
    const sent = body === undefined ? undefined : JSON.stringify(body);
    return this.send(method, path, { [PROOF_HEADER]: header, ...(sent ? { 'content-type': 'application/json' } : {}) }, sent);
  }

  async status(): Promise<AgentStatus> {
    return JSON.parse((await this.call('GET', '/status', ['operate'])).body);
  }

  async launch(id: string, ...command: string[]): Promise<Answer> {
    return this.call('POST', '/applications', ['operate'], { id, application: command[0], command });
  }

  /** Says that somebody else starts this launch. */
  async announce(id: string, body: object): Promise<Answer> {
    return this.call('PUT', `/applications/${id}`, ['operate'], body);
  }

  /** Starts a program as a container in the desktop's process namespace runs it: nothing but its environment tells whose it is. */
  async container(id: string, command: string, ...argv: string[]): Promise<ChildProcess> {
    const { name: display, authority } = await this.displayAccess();
    const marks = { [RUN_VARIABLE]: runMarker(this.configuration), [APPLICATION_VARIABLE]: id };
    const env = { PATH: process.env.PATH, HOME: this.configuration.home, DISPLAY: display, XAUTHORITY: authority, ...marks };
    return spawn(command, argv, { env, cwd: this.configuration.home, detached: true, stdio: 'ignore' });
  }

  async stop(id: string): Promise<Answer> {
    return this.call('DELETE', `/applications/${id}`, ['operate']);
  }

  /** Resolves with an application once it is in that state. */
  application(id: string, ...states: string[]) {
    return eventually(async () => (await this.status()).applications.find((one) => one.id === id && states.includes(one.status)));
  }

  /** Comes paused, so that nothing is lost before somebody listens; rejects with the answer's status when the upgrade is refused. */
  async webSocket(path: string, scopes: readonly AgentScope[], header?: string): Promise<WebSocket> {
    const { address, port } = await this.address();
    const proof = this.prove('GET', path, scopes);
    const socket = new WebSocket(`ws://${address}:${port}${path}`, ['binary'], { headers: { [PROOF_HEADER]: header ?? proof.header } });
    const upgraded = once(socket, 'upgrade').then(([response]) => {
      if (header === undefined && !proof.isAnswer(response.headers[PROOF_HEADER])) throw new Error('the agent did not prove itself');
    });
    const opened = new Promise<void>((resolve, reject) => {
      socket.once('error', reject).once('open', () => {
        socket.pause();
        resolve();
      });
    });
    await Promise.all([upgraded, opened]);
    return socket;
  }

  /** All that belongs to its desktop. */
  processes(): ProcessEntry[] {
    const mark = `${RUN_VARIABLE}=${runMarker(this.configuration)}`;
    return marked(readProcesses(), (environment) => environment.has(mark));
  }

  processNamed(name: string): ProcessEntry | undefined {
    return this.processes().find(({ pid }) => nameOf(pid) === name);
  }

  /** What programs of the desktop have in DISPLAY and XAUTHORITY. */
  async displayAccess(): Promise<{ name: string; authority: string; env: Record<string, string> }> {
    const hasDisplay = ({ environment }: ProcessEntry) => [...environment].some((entry) => entry.startsWith('DISPLAY='));
    const variables = [...(await eventually(() => this.processes().find(hasDisplay))).environment];
    const env = Object.fromEntries(variables.map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
    return { name: env.DISPLAY, authority: env.XAUTHORITY, env };
  }

  /** Runs an X client of this machine on its display. @returns what it printed */
  async onDisplay(command: string, ...argv: string[]): Promise<string> {
    const { env } = await this.displayAccess();
    return (await promisify(execFile)(command, argv, { env, timeout: 10_000 })).stdout;
  }

  async windows(): Promise<DesktopWindow[]> {
    return JSON.parse((await this.call('GET', '/windows', ['view'])).body).items;
  }

  /** Resolves with the window of an application once it is there. */
  windowOf(application: string): Promise<DesktopWindow> {
    return eventually(async () => (await this.windows()).find((window) => window.application === application));
  }

  get failure(): { code: string; detail: string } {
    return JSON.parse(readFileSync(join(this.configuration.folder, FAILURE_FILE), 'utf8'));
  }

  /** Its exit code. */
  async exit(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit');
    return this.process.exitCode;
  }

  /** Ends it if it is still there, and removes its folder. */
  async dispose(): Promise<void> {
    if (this.process.exitCode === null) this.process.kill('SIGTERM');
    await this.exit();
    await endRun(runMarker(this.configuration), 0);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** For a spec file: builds the agent once, and ends after each test what the test started. */
export function agentRigs(): (...options: RigOptions) => AgentRig {
  const folder = mkdtempSync(join(tmpdir(), 'deskhand-bundle-'));
  // Whoever an agent runs as has to read it.
  chmodSync(folder, 0o755);
  const rigs: AgentRig[] = [];
  let program = '';
  beforeAll(async () => {
    program = await buildAgent(folder);
  });
  afterEach(async () => {
    await Promise.all(rigs.splice(0).map((rig) => rig.dispose()));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return (...options) => {
    const rig = new AgentRig(program, ...options);
    rigs.push(rig);
    return rig;
  };
}

/** A display number of which neither the TCP port nor the socket is taken. */
export async function freeDisplayNumber(): Promise<number> {
  for (let number = 100 + (process.pid % 10_000); ; number++) {
    if (existsSync(`/tmp/.X11-unix/X${number}`)) continue;
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) =>
      server.once('error', () => resolve(false)).listen({ port: X_PORT + number }, () => resolve(true)),
    );
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return number;
  }
}

/** Undefined for a process that has gone meanwhile. */
function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
