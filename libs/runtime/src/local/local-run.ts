/** One run of a local desktop: starts its agent, says what became of it, listens to it, and ends it. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, type FSWatcher, watch } from 'node:fs';
import { DeskhandError, faultPoint } from '#libs/common';
import { endRun, RUN_VARIABLE } from '#libs/display';
import type { AgentTarget } from '../agent/agent-client.js';
import { AgentFeed } from '../agent/agent-feed.js';
import type { Cause, DesktopRun, DesktopSpec, Endpoint, ObservedRun } from '../runtime.js';
import { isRoot } from './local-folders.js';
import { kill, killUser, liveMarkers } from './local-processes.js';
import type { LocalUser } from './local-users.js';
import { RunFolder } from './run-folder.js';

/** The agent itself gives applications 3 s to end; after this it is taken for stuck. */
const KILL_AFTER_MS = 8_000;
/** Between making the folder and writing the pid down lie milliseconds; a folder without both for so long was left by a killed server. */
const ABANDONED_MS = 5_000;
/** Keep an agent small: docs/performance.md. */
const NODE_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=96'];
const INHERITED = ['PATH', 'LANG', 'LC_ALL'];

export class LocalRun {
  readonly #folder: RunFolder;
  #feed?: AgentFeed;
  #watcher?: FSWatcher;

  /** @param onChange called whenever something about the run may have changed */
  constructor(
    readonly target: DesktopRun,
    runs: string,
    private readonly onChange: () => void,
  ) {
    this.#folder = new RunFolder(runs, target);
  }

  /** Starts the agent, unless it is there. It is a child of nobody: it outlives a server that is killed. */
  start(spec: DesktopSpec, user: LocalUser, agentProgram: string): void {
    if (this.#folder.agentPid() !== undefined) return;
    if (!existsSync(agentProgram)) throw new DeskhandError('PROGRAM_MISSING', 'The agent is not built: run npm run build.');
    const log = this.#folder.make(spec, user);
    try {
      this.#watch();
      faultPoint('between', 'folder and agent');
      const child = spawn(process.execPath, [...NODE_FLAGS, agentProgram, '--config', this.#folder.configFile], {
        detached: true,
        stdio: ['ignore', log, log],
        cwd: user.home,
        env: { ...inherited(), [RUN_VARIABLE]: this.#folder.marker },
      });
      child.on('error', () => this.onChange());
      child.on('exit', () => this.onChange());
      child.unref();
      faultPoint('between', 'agent and pid file');
      if (child.pid !== undefined) this.#folder.noteAgent(child.pid);
    } finally {
      closeSync(log);
    }
    this.onChange();
  }

  /** Undefined when there is nothing of it. Changes nothing: whoever looks may hold no lease, or an old one. */
  observe(): ObservedRun | undefined {
    const { run } = this.target;
    const { madeAt } = this.#folder;
    if (madeAt === undefined) return this.#observeWithoutFolder();
    if (this.#folder.agentPid() !== undefined) return this.#observeLive();
    const cause = this.#folder.cause();
    if (!cause && !this.#folder.hadAgent) {
      return { run, phase: Date.now() - madeAt < ABANDONED_MS ? 'pending' : 'remains', applications: [] };
    }
    return { run, phase: 'ended', applications: this.#feed?.latest?.applications ?? [], cause: cause ?? this.#unexplained() };
  }

  /** Ends it politely, then by force, then removes its remains; to be called until nothing is left. */
  async stop(): Promise<void> {
    const pid = this.#folder.agentPid();
    const notedAt = this.#folder.stopNotedAt;
    if (pid === undefined) {
      const owner = this.#folder.owner() ?? 0;
      if (isRoot() && owner !== 0) killUser(owner);
      if ((await endRun(this.#folder.marker, 0)) === 0) {
        faultPoint('between', 'processes and folder');
        this.#remove();
      }
      this.onChange();
    } else if (notedAt === undefined) {
      this.#folder.noteStop();
      faultPoint('between', 'note and SIGTERM');
      kill(pid, 'SIGTERM');
    } else if (Date.now() - notedAt > KILL_AFTER_MS) {
      kill(pid, 'SIGKILL');
    }
  }

  /** Whom to call, once it listens. */
  agent(): AgentTarget {
    const endpoint = this.#folder.endpoint();
    if (!endpoint) throw new DeskhandError('DESKTOP_UNREACHABLE', 'The desktop does not listen yet.');
    return { ...this.target, endpoint, secret: this.#folder.secret() };
  }

  /** Lets go of the agent; the agent stays. */
  close(): void {
    this.#feed?.close();
    this.#feed = undefined;
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #observeLive(): ObservedRun {
    const { run } = this.target;
    const endpoint = this.#folder.endpoint();
    if (endpoint) this.#listen(endpoint);
    const heard = this.#feed?.latest;
    const applications = heard?.applications ?? [];
    if (this.#folder.stopNotedAt !== undefined) return { run, phase: 'terminating', applications };
    return {
      run,
      phase: heard?.display === 'answering' ? 'running' : 'starting',
      applications,
      ...(endpoint ? { endpoint } : {}),
      ...(heard ? { connections: heard.connections } : {}),
      ...(heard?.lastDisconnectedAt === undefined ? {} : { lastDisconnectedAt: heard.lastDisconnectedAt }),
    };
  }

  /** Somebody may have removed it: then nobody can find the agent any more, but its processes go on. */
  #observeWithoutFolder(): ObservedRun | undefined {
    if (!liveMarkers().has(this.#folder.marker)) return undefined;
    const cause: Cause = { code: 'DESKTOP_LOST', detail: 'The folder of the desktop was removed.' };
    return { run: this.target.run, phase: 'ended', applications: [], cause };
  }

  #unexplained(): Cause {
    const words = this.#folder.lastWords();
    return { code: 'AGENT_EXITED', detail: words ? `Its agent ended; its last words: ${words}` : 'Its agent ended without a word.' };
  }

  #watch(): void {
    this.#watcher?.close();
    try {
      this.#watcher = watch(this.#folder.foreign, (_event, name) => {
        if (name === 'address.json' || name === 'failure.json') this.onChange();
      }).on('error', () => {});
    } catch {
      // No inotify watches are left: the reconciler's own timer finds the file a second later.
    }
  }

  #listen(endpoint: Endpoint): void {
    this.#feed ??= new AgentFeed({ ...this.target, endpoint, secret: this.#folder.secret() }, this.onChange);
  }

  #remove(): void {
    this.close();
    this.#folder.remove();
  }
}

const inherited = (): NodeJS.ProcessEnv => Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]));
