/** Starts, watches and ends the applications of a desktop, each in a process group of its own and never through a shell. */
import { type SpawnOptionsWithStdioTuple, spawn } from 'node:child_process';
import { DeskhandError } from '#libs/common';
import type { ApplicationLaunch, ApplicationState, ApplicationStatus } from './agent-status.js';
import { APPLICATION_VARIABLE } from './desktop-environment.js';
import { launchProcesses } from './launch-processes.js';
import { endProcesses } from './process-table.js';
import { spawnFailure } from './program.js';
import { TextRing } from './text-ring.js';

/** Alive for so long, or with a window, an application counts as running. */
const RUNNING_AFTER_MS = 500;
const GRACE_MS = 3_000;
const LOG_BYTES = 64 * 1024;
const MAX_ALIVE = 256;
const MAX_ENDED = 100;

interface Application {
  readonly launch: ApplicationLaunch;
  readonly log: TextRing;
  state: ApplicationState;
  end?: { exitCode?: number; signal?: string; detail?: string };
}

const hasEnded = ({ state }: Application): boolean => state === 'exited' || state === 'failed';

/** spawn() reports some failures by an event and throws others. */
function start(...call: [string, string[], SpawnOptionsWithStdioTuple<'ignore', 'pipe', 'pipe'>]) {
  try {
    return spawn(...call);
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

export interface ApplicationsOptions {
  readonly home: string;
  readonly marker: string;
  /** What applications see; resolves when there is a display for them. */
  readonly environment: Promise<Readonly<Record<string, string>>>;
  readonly onChange: () => void;
}

export class Applications {
  /** In the order of their launch. */
  readonly #applications = new Map<string, Application>();
  readonly #options: ApplicationsOptions;
  #closed = false;

  constructor(options: ApplicationsOptions) {
    this.#options = options;
    options.environment.catch(() => {});
  }

  list(): ApplicationStatus[] {
    return [...this.#applications.values()].map(({ launch: { id, application }, state, end }) => ({
      id,
      application,
      status: state,
      ...end,
    }));
  }

  /** Starts it, or does nothing when this id was launched before. */
  launch(launch: ApplicationLaunch): void {
    if (this.#applications.has(launch.id)) return;
    const alive = [...this.#applications.values()].filter((one) => !hasEnded(one)).length;
    if (this.#closed || alive >= MAX_ALIVE) throw new DeskhandError('APPLICATION_LIMIT_REACHED');
    const application: Application = { launch, log: new TextRing(LOG_BYTES), state: 'starting' };
    this.#applications.set(launch.id, application);
    this.#options.onChange();
    this.#options.environment.then(
      (environment) => this.#spawn(application, environment),
      () => this.#end(application, 'failed', { detail: 'The display did not start.' }),
    );
  }

  has(id: string): boolean {
    return this.#applications.has(id);
  }

  /** Ends it with all its processes; returns at once. */
  stop(id: string): void {
    const application = this.#get(id);
    if (application.state === 'stopping') return;
    // One that has ended may have left processes behind that have its windows.
    if (!hasEnded(application)) this.#become(application, 'stopping');
    void endProcesses(() => launchProcesses(this.#options.marker, id), GRACE_MS);
  }

  /** @returns the newest output */
  log(id: string): string {
    return this.#get(id).log.toString();
  }

  /** A window of it is on the screen. */
  sawWindow(id: string): void {
    const application = this.#applications.get(id);
    if (application?.state === 'starting') this.#become(application, 'running');
  }

  /** Ends all and takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const application of this.#applications.values()) if (!hasEnded(application)) application.state = 'stopping';
    this.#options.onChange();
    await endProcesses(() => launchProcesses(this.#options.marker), GRACE_MS);
  }

  #get(id: string): Application {
    const application = this.#applications.get(id);
    if (!application) throw new DeskhandError('APPLICATION_NOT_FOUND', 'There is no such launch on this desktop.');
    return application;
  }

  #spawn(application: Application, environment: Readonly<Record<string, string>>): void {
    if (application.state === 'stopping') {
      this.#end(application, 'exited', { signal: 'SIGTERM' });
      return;
    }
    const { home } = this.#options;
    const [program, ...argv] = application.launch.command;
    const env = { ...environment, [APPLICATION_VARIABLE]: application.launch.id };
    const child = start(program, argv, { cwd: home, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    if (child instanceof Error) {
      this.#end(application, 'failed', { detail: spawnFailure(program, child, home).detail });
      return;
    }
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => application.log.write(chunk)).on('error', () => {});
    const alive = setTimeout(() => this.sawWindow(application.launch.id), RUNNING_AFTER_MS);
    child.once('error', (error) => {
      clearTimeout(alive);
      if (child.pid === undefined) this.#end(application, 'failed', { detail: spawnFailure(program, error, home).detail });
    });
    child.once('exit', (code, signal) => {
      clearTimeout(alive);
      this.#end(application, 'exited', { ...(code !== null ? { exitCode: code } : {}), ...(signal !== null ? { signal } : {}) });
    });
  }

  #become(application: Application, state: ApplicationState): void {
    application.state = state;
    this.#options.onChange();
  }

  #end(application: Application, state: 'exited' | 'failed', end: Application['end']): void {
    if (end) application.end = end;
    this.#become(application, state);
    const ended = [...this.#applications.values()].filter(hasEnded);
    for (const { launch } of ended.slice(0, Math.max(0, ended.length - MAX_ENDED))) this.#applications.delete(launch.id);
  }
}
