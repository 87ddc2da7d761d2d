/** Desktops as processes of this machine: for one trusted user, and for tests. They share the machine with the server. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callAgent } from '../agent/agent-client.js';
import { probeDisplay } from '../agent/probe-display.js';
import type { ApplicationSpec, DesktopRun, DesktopSpec, Endpoint, Observed, ObservedRun, Runtime } from '../runtime.js';
import { type LocalFolders, makeLocalFolders, removeLocalFolders } from './local-folders.js';
import { liveMarkers } from './local-processes.js';
import { LocalRun } from './local-run.js';
import { firstUidOf, makeLocalUser } from './local-users.js';

const RUN_FOLDER = /^([a-z2-7]{26})-(\d{1,9})$/;

export class LocalRuntime implements Runtime {
  readonly #folders: LocalFolders;
  readonly #runs = new Map<string, LocalRun>();
  readonly #listeners = new Set<(desktop: string) => void>();

  constructor(private readonly options: { readonly data: string; readonly firstUid?: number }) {
    this.#folders = makeLocalFolders(options.data);
  }

  async observe(desktop: string): Promise<Observed> {
    try {
      for (const each of this.#onDisk()) if (each.desktop === desktop) this.#run(each);
      const runs = [...this.#runs.values()].filter(({ target }) => target.desktop === desktop).flatMap((run) => this.#observe(run) ?? []);
      return { status: 'known', runs };
    } catch (error) {
      // Such as that no descriptor is left: the desktop may well be there.
      return { status: 'unknown', reason: (error as Error).message };
    }
  }

  async list(): Promise<readonly DesktopRun[]> {
    for (const each of [...this.#onDisk(), ...this.#alive()]) this.#run(each);
    return [...this.#runs.values()].map(({ target }) => target);
  }

  async startDesktop(spec: DesktopSpec): Promise<void> {
    const { data, firstUid = firstUidOf(data) } = this.options;
    const user = makeLocalUser(this.#folders.homes, spec.home, firstUid);
    this.#run(spec).start(spec, user, agentProgram());
  }

  async stopDesktop(target: DesktopRun): Promise<void> {
    const run = this.#run(target);
    await run.stop();
    this.#observe(run);
  }

  async startApplication({ id, application, command, ...target }: ApplicationSpec): Promise<void> {
    await callAgent(this.#run(target).agent(), 'POST', '/applications', { id, application, command });
  }

  async stopApplication({ id, ...target }: DesktopRun & { readonly id: string }): Promise<void> {
    await callAgent(this.#run(target).agent(), 'DELETE', `/applications/${encodeURIComponent(id)}`);
  }

  async applicationLog({ id, ...target }: DesktopRun & { readonly id: string }): Promise<string> {
    return callAgent(this.#run(target).agent(), 'GET', `/applications/${encodeURIComponent(id)}/log`);
  }

  async probeDisplay(target: DesktopRun & { readonly endpoint: Endpoint }, timeoutMs: number): Promise<void> {
    await probeDisplay({ ...this.#run(target).agent(), endpoint: target.endpoint }, timeoutMs);
  }

  /** Processes of this machine start without a word. */
  onNotice(): () => void {
    return () => {};
  }

  onChange(listener: (desktop: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async unavailable(): Promise<string | undefined> {
    return existsSync(agentProgram()) ? undefined : 'the agent is not built';
  }

  async close(): Promise<void> {
    for (const run of this.#runs.values()) run.close();
    this.#runs.clear();
    removeLocalFolders(this.#folders);
  }

  #onDisk(): readonly DesktopRun[] {
    // Somebody may have removed it.
    if (!existsSync(this.#folders.runs)) makeLocalFolders(this.options.data);
    return readdirSync(this.#folders.runs).flatMap(runOfFolder);
  }

  /** The runs of this installation whose processes live, though somebody may have removed their folders. */
  #alive(): readonly DesktopRun[] {
    const start = `@${this.#folders.runs}/`;
    return [...liveMarkers()].flatMap((marker) => {
      const at = marker.indexOf(start);
      return at < 0 ? [] : runOfFolder(marker.slice(at + start.length).split('/')[0] ?? '');
    });
  }

  #run({ desktop, run }: DesktopRun): LocalRun {
    const key = `${desktop}-${run}`;
    let found = this.#runs.get(key);
    if (!found) {
      found = new LocalRun({ desktop, run }, this.#folders.runs, () => this.#changed(desktop));
      this.#runs.set(key, found);
    }
    return found;
  }

  /** Undefined, and forgotten, when there is nothing of it. */
  #observe(run: LocalRun): ObservedRun | undefined {
    const observed = run.observe();
    if (!observed) {
      run.close();
      this.#runs.delete(`${run.target.desktop}-${run.target.run}`);
    }
    return observed;
  }

  #changed(desktop: string): void {
    for (const listener of this.#listeners) listener(desktop);
  }
}

function runOfFolder(name: string): readonly DesktopRun[] {
  const [, desktop, run] = RUN_FOLDER.exec(name) ?? [];
  return desktop === undefined ? [] : [{ desktop, run: Number(run) }];
}

/** The bundled agent, in `dist` beside the nearest package.json: the same file whether this runs from sources or compiled. */
function agentProgram(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, 'dist/agent/agent.mjs');
}
