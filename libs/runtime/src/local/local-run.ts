/** One run of a local desktop: its folder on disk, which outlives this server, and what this server hears from its agent. */
import { spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  type FSWatcher,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DeskhandError, type ErrorCode, errorCatalogue } from '#libs/common';
import type { AgentTarget } from '../agent/agent-client.js';
import { AgentFeed } from '../agent/agent-feed.js';
import type { Cause, DesktopRun, DesktopSpec, Endpoint, ObservedRun } from '../runtime.js';
import { findAgent, isAgent, kill, killMarked } from './local-processes.js';
import type { LocalUser } from './local-users.js';

/** The agent itself gives applications 3 s to end; after this it is taken for stuck. */
const KILL_AFTER_MS = 8_000;
/** Between making the folder and writing the pid down lie milliseconds; a folder without both for so long was left by a killed server. */
const ABANDONED_MS = 5_000;
/** Keep an agent small: docs/agent-protocol.md. */
const NODE_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=96'];
const INHERITED = ['PATH', 'LANG', 'LC_ALL'];

export class LocalRun {
  readonly #folder: string;
  #feed?: AgentFeed;
  #watcher?: FSWatcher;

  /** @param onChange called whenever something about the run may have changed */
  constructor(
    readonly target: DesktopRun,
    runs: string,
    private readonly onChange: () => void,
  ) {
    this.#folder = join(runs, `${target.desktop}-${target.run}`);
  }

  /** Starts the agent, unless it is there. It is a child of nobody: it outlives a server that is killed. */
  start(spec: DesktopSpec, user: LocalUser, agentProgram: string): void {
    if (this.#pid() !== undefined) return;
    if (!existsSync(agentProgram)) throw new DeskhandError('PROGRAM_MISSING', 'The agent is not built: run npm run build.');
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { mode: 0o700 });
    writeFileSync(this.#path('secret'), Buffer.from(spec.secret).toString('base64url'), { mode: 0o600 });
    writeFileSync(this.#configFile, JSON.stringify(this.#config(spec, user)), { mode: 0o600 });
    for (const path of [this.#folder, this.#path('secret'), this.#configFile])
      if (user.uid !== undefined) chownSync(path, user.uid, user.uid);
    this.#watcher = watch(this.#folder, (_event, name) => {
      if (name === 'address.json' || name === 'failure.json') this.onChange();
    });
    // Without it (no inotify watches left) the reconciler's own timer finds the file a second later.
    this.#watcher.on('error', () => {});
    const log = openSync(this.#path('agent.log'), 'a', 0o600);
    try {
      const child = spawn(process.execPath, [...NODE_FLAGS, agentProgram, '--config', this.#configFile], {
        detached: true,
        stdio: ['ignore', log, log],
        cwd: user.home,
        env: Object.fromEntries(INHERITED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
      });
      child.on('error', () => this.onChange());
      child.on('exit', () => this.onChange());
      child.unref();
      if (child.pid !== undefined) writeFileSync(this.#path('pid'), String(child.pid), { mode: 0o600 });
    } finally {
      closeSync(log);
    }
    this.onChange();
  }

  /** Undefined when there is nothing of it. */
  observe(): ObservedRun | undefined {
    const { run } = this.target;
    const made = statSync(this.#folder, { throwIfNoEntry: false });
    if (!made) return undefined;
    const applications = this.#feed?.latest?.applications ?? [];
    if (this.#pid() !== undefined) {
      if (existsSync(this.#path('stopping'))) return { run, phase: 'terminating', applications };
      const endpoint = this.#endpoint();
      if (endpoint) this.#listen(endpoint);
      const heard = this.#feed?.latest;
      return {
        run,
        phase: heard?.display === 'answering' ? 'running' : 'starting',
        applications,
        ...(endpoint ? { endpoint } : {}),
        ...(heard ? { connections: heard.connections } : {}),
        ...(heard?.lastDisconnectedAt === undefined ? {} : { lastDisconnectedAt: heard.lastDisconnectedAt }),
      };
    }
    const cause = this.#cause();
    if (!cause && !existsSync(this.#path('pid'))) {
      if (Date.now() - made.mtimeMs < ABANDONED_MS) return { run, phase: 'pending', applications };
      this.#remove();
      return undefined;
    }
    return { run, phase: 'ended', applications, cause: cause ?? { code: 'AGENT_EXITED', detail: this.#lastWords() } };
  }

  /** Ends it politely, then by force, then removes its remains; to be called until nothing is left. */
  stop(): void {
    const pid = this.#pid();
    const asked = statSync(this.#path('stopping'), { throwIfNoEntry: false });
    if (pid === undefined) {
      killMarked(this.target, this.#folder);
      this.#remove();
      this.onChange();
    } else if (!asked) {
      writeFileSync(this.#path('stopping'), '', { mode: 0o600 });
      kill(pid, 'SIGTERM');
    } else if (Date.now() - asked.mtimeMs > KILL_AFTER_MS) {
      kill(pid, 'SIGKILL');
    }
  }

  /** Whom to call, once it listens. */
  agent(): AgentTarget {
    const endpoint = this.#endpoint();
    if (!endpoint) throw new DeskhandError('DESKTOP_UNREACHABLE', 'The desktop does not listen yet.');
    return { ...this.target, endpoint, secret: this.#secret() };
  }

  /** Lets go of the agent; the agent stays. */
  close(): void {
    this.#feed?.close();
    this.#feed = undefined;
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #listen(endpoint: Endpoint): void {
    this.#feed ??= new AgentFeed({ ...this.target, endpoint, secret: this.#secret() }, this.onChange);
  }

  #config(spec: DesktopSpec, user: LocalUser): object {
    const { desktop, run, userName, width, height, timezone, locale } = spec;
    return {
      desktop,
      run,
      listen: { host: '127.0.0.1', port: 0 },
      addressFile: this.#path('address.json'),
      secretFile: this.#path('secret'),
      folder: this.#folder,
      home: user.home,
      userName: loginName(userName),
      width,
      height,
      timezone,
      locale,
      // It drops its rights itself: another user could not even read its program below a private home folder.
      ...(user.uid === undefined ? {} : { user: { uid: user.uid, gid: user.uid } }),
    };
  }

  get #configFile(): string {
    return this.#path('agent.json');
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  /** The pid of the live agent. */
  #pid(): number | undefined {
    const written = Number(this.#read('pid'));
    if (written > 0) return isAgent(written, this.#configFile) ? written : undefined;
    return existsSync(this.#configFile) ? findAgent(this.#configFile) : undefined;
  }

  #endpoint(): Endpoint | undefined {
    const { address, port } = this.#json('address.json');
    return typeof address === 'string' && typeof port === 'number' ? { address, port } : undefined;
  }

  #secret(): Uint8Array {
    return Buffer.from(this.#read('secret') ?? '', 'base64url');
  }

  #cause(): Cause | undefined {
    const { code, detail } = this.#json('failure.json');
    return typeof code === 'string' && code in errorCatalogue
      ? { code: code as ErrorCode, detail: String(detail).slice(0, 500) }
      : undefined;
  }

  #lastWords(): string {
    const line = (this.#read('agent.log') ?? '').trim().split('\n').at(-1)?.slice(-300);
    return line ? `Its agent ended; its last words: ${line}` : 'Its agent ended without a word.';
  }

  #remove(): void {
    this.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #read(name: string): string | undefined {
    try {
      return readFileSync(this.#path(name), 'utf8');
    } catch {
      return undefined;
    }
  }

  #json(name: string): Record<string, unknown> {
    try {
      return JSON.parse(this.#read(name) ?? '{}') as Record<string, unknown>;
    } catch {
      return {};
    }
  }
}

/** People's names are free text; programs expect of `USER` what adduser(8) allows. */
function loginName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return plain.slice(0, 32) || 'user';
}
