/** Desktops as processes of this machine: for one trusted user, and for tests. They share the machine with the server. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callAgent } from '../agent/agent-client.js';
import { probeDisplay } from '../agent/probe-display.js';
import type { ApplicationSpec, DesktopRun, DesktopSpec, Endpoint, Observed, Runtime } from '../runtime.js';
import { type LocalFolders, makeLocalFolders } from './local-folders.js';
import { LocalRun } from './local-run.js';
import { makeLocalUser } from './local-users.js';

const RUN_FOLDER = /^([a-z2-7]{26})-(\d{1,9})$/;

export class LocalRuntime implements Runtime {
  readonly #folders: LocalFolders;
  readonly #runs = new Map<string, LocalRun>();
  readonly #listeners = new Set<(desktop: string) => void>();

  constructor(private readonly options: { readonly data: string; readonly firstUid: number }) {
    this.#folders = makeLocalFolders(options.data);
  }

  async observe(desktop: string): Promise<Observed> {
    const known = this.#onDisk().filter((each) => each.desktop === desktop);
    const runs = known.flatMap((each) => this.#run(each).observe() ?? []);
    return { status: 'known', runs };
  }

  async list(): Promise<readonly DesktopRun[]> {
    return this.#onDisk();
  }

  async startDesktop(spec: DesktopSpec): Promise<void> {
    const user = makeLocalUser(this.#folders.homes, spec.home, this.options.firstUid);
    this.#run(spec).start(spec, user, agentProgram());
  }

  async stopDesktop(target: DesktopRun): Promise<void> {
    const run = this.#run(target);
    run.stop();
    if (!run.observe()) this.#forget(target);
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
  }

  #onDisk(): readonly DesktopRun[] {
    return readdirSync(this.#folders.runs).flatMap((name) => {
      const [, desktop, run] = RUN_FOLDER.exec(name) ?? [];
      return desktop === undefined ? [] : [{ desktop, run: Number(run) }];
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

  #forget({ desktop, run }: DesktopRun): void {
    this.#runs.get(`${desktop}-${run}`)?.close();
    this.#runs.delete(`${desktop}-${run}`);
  }

  #changed(desktop: string): void {
    for (const listener of this.#listeners) listener(desktop);
  }
}

/** The bundled agent, in `dist` beside the nearest package.json: the same file whether this runs from sources or compiled. */
function agentProgram(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, 'dist/agent/agent.mjs');
}
