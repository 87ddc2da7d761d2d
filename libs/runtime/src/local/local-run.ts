/** One run of a local desktop: its folder on disk, which outlives this server, and what this server hears from its agent. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  type FSWatcher,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DeskhandError, type ErrorCode, errorCatalogue } from '#libs/common';
import { endRun, RUN_VARIABLE, runMarker } from '#libs/display';
import type { AgentTarget } from '../agent/agent-client.js';
import { AgentFeed } from '../agent/agent-feed.js';
import type { Cause, DesktopRun, DesktopSpec, Endpoint, ObservedRun } from '../runtime.js';
import { isRoot } from './local-folders.js';
import { findAgent, isAgent, kill, killUser, liveMarkers } from './local-processes.js';
import type { LocalUser } from './local-users.js';
import { lastLine, readForeign, readOwn } from './run-files.js';

/** The agent itself gives applications 3 s to end; after this it is taken for stuck. */
const KILL_AFTER_MS = 8_000;
/** Between making the folder and writing the pid down lie milliseconds; a folder without both for so long was left by a killed server. */
const ABANDONED_MS = 5_000;
/** Keep an agent small: docs/agent-protocol.md. */
const NODE_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=96'];
const INHERITED = ['PATH', 'LANG', 'LC_ALL'];
const LISTEN = { host: '127.0.0.1', port: 0 };
/** What its programs may write: all of it is foreign to this server, which runs as root perhaps. The rest of the run's folder is the server's. */
const FOREIGN = 'desktop';

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
    mkdirSync(this.#folder);
    chmodSync(this.#folder, 0o711);
    mkdirSync(this.#foreign, { mode: 0o700 });
    if (user.uid !== undefined) chownSync(this.#foreign, user.uid, user.uid);
    writeFileSync(this.#path('secret'), Buffer.from(spec.secret).toString('base64url'), { mode: 0o600 });
    writeFileSync(this.#configFile, JSON.stringify(this.#config(spec, user)), { mode: 0o600 });
    this.#watch();
    const log = openSync(this.#path('agent.log'), 'a', 0o600);
    try {
      const child = spawn(process.execPath, [...NODE_FLAGS, agentProgram, '--config', this.#configFile], {
        detached: true,
        stdio: ['ignore', log, log],
        cwd: user.home,
        env: { ...inherited(), [RUN_VARIABLE]: this.#marker },
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
    if (!made) return this.#observeWithoutFolder();
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
  async stop(): Promise<void> {
    const pid = this.#pid();
    const asked = statSync(this.#path('stopping'), { throwIfNoEntry: false });
    if (pid === undefined) {
      const owner = statSync(this.#foreign, { throwIfNoEntry: false })?.uid ?? 0;
      if (isRoot() && owner !== 0) killUser(owner);
      if ((await endRun(this.#marker, 0)) === 0) this.#remove();
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

  #watch(): void {
    this.#watcher?.close();
    try {
      this.#watcher = watch(this.#foreign, (_event, name) => {
        if (name === 'address.json' || name === 'failure.json') this.onChange();
      }).on('error', () => {});
    } catch {
      // No inotify watches are left: the reconciler's own timer finds the file a second later.
    }
  }

  #listen(endpoint: Endpoint): void {
    this.#feed ??= new AgentFeed({ ...this.target, endpoint, secret: this.#secret() }, this.onChange);
  }

  #config(spec: DesktopSpec, user: LocalUser): object {
    const { desktop, run, userName, width, height, timezone, locale } = spec;
    return {
      desktop,
      run,
      listen: LISTEN,
      addressFile: join(this.#foreign, 'address.json'),
      secretFile: this.#path('secret'),
      folder: this.#foreign,
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

  get #foreign(): string {
    return this.#path(FOREIGN);
  }

  get #marker(): string {
    return runMarker({ ...this.target, folder: this.#foreign });
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  /** Somebody may have removed it: then nobody can find the agent any more, but its processes go on. */
  #observeWithoutFolder(): ObservedRun | undefined {
    if (!liveMarkers().has(this.#marker)) return undefined;
    const cause: Cause = { code: 'DESKTOP_LOST', detail: 'The folder of the desktop was removed.' };
    return { run: this.target.run, phase: 'ended', applications: [], cause };
  }

  /** The pid of the live agent. */
  #pid(): number | undefined {
    const written = Number(readOwn(this.#path('pid')));
    if (written > 0) return isAgent(written, this.#configFile) ? written : undefined;
    return existsSync(this.#configFile) ? findAgent(this.#configFile) : undefined;
  }

  #endpoint(): Endpoint | undefined {
    const { address, port } = readForeign(join(this.#foreign, 'address.json'));
    // No other address was asked for: a desktop must not have this server dial where it likes.
    return address === LISTEN.host && Number.isInteger(port) ? { address, port: Number(port) } : undefined;
  }

  #secret(): Uint8Array {
    return Buffer.from(readOwn(this.#path('secret')) ?? '', 'base64url');
  }

  #cause(): Cause | undefined {
    const { code, detail } = readForeign(join(this.#foreign, 'failure.json'));
    return typeof code === 'string' && code in errorCatalogue
      ? { code: code as ErrorCode, detail: String(detail).slice(0, 500) }
      : undefined;
  }

  #lastWords(): string {
    const line = lastLine(this.#path('agent.log'));
    return line ? `Its agent ended; its last words: ${line}` : 'Its agent ended without a word.';
  }

  #remove(): void {
    this.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const inherited = (): NodeJS.ProcessEnv => Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]));

/** People's names are free text; programs expect of `USER` what adduser(8) allows. */
function loginName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return plain.slice(0, 32) || 'user';
}
