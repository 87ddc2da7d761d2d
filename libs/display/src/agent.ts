/** One desktop, from the display on: puts the window manager, the applications and the server around an X server that is starting. */
import { execFile } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { AgentConfiguration } from './agent-configuration.js';
import { AgentServer } from './agent-server.js';
import type { AgentAddress, AgentStatus, ApplicationStatus } from './agent-status.js';
import { Applications } from './applications.js';
import { baseEnvironment, displayEnvironment, localeEnvironment, runMarker } from './desktop-environment.js';
import { DisplaySockets } from './display-sockets.js';
import { EventSockets } from './event-sockets.js';
import { launchesInSight, launchOfProcess, launchProcesses } from './launch-processes.js';
import { PlacedApplications } from './placed-applications.js';
import { endProcesses, endRun } from './process-table.js';
import { StatusStreams } from './status-streams.js';
import { WindowManager } from './window-manager.js';
import { Windows } from './windows.js';
import type { XServer } from './x-server.js';

const AFTER_YOU_MS = 15;
/** Within this time after its clients the X server's own end is noticed. */
const LAST_WORDS_MS = 300;
/** Between TERM and KILL. */
const GRACE_MS = 3_000;
/** Longest wait of the first applications for a window manager. */
const MANAGED_WITHIN_MS = 5_000;

export class Agent {
  readonly #configuration: AgentConfiguration;
  readonly #display: XServer;
  readonly #applications: Applications;
  readonly #placed: PlacedApplications;
  readonly #windows: Windows;
  readonly #sockets: DisplaySockets;
  readonly #events: EventSockets;
  readonly #streams: StatusStreams;
  readonly #server: AgentServer;
  #windowManager: WindowManager | undefined;
  #closing = false;

  constructor(configuration: AgentConfiguration, secret: Uint8Array, display: XServer) {
    this.#configuration = configuration;
    this.#display = display;
    const marker = runMarker(configuration);
    this.#applications = new Applications({
      home: configuration.home,
      marker,
      environment: this.#applicationEnvironment(),
      onChange: () => this.#changed(true),
    });
    this.#windows = new Windows({
      applicationOf: (pid) => launchOfProcess(marker, pid, (id) => this.#applications.has(id) || this.#placed.has(id)),
      applicationOn: (machine) => this.#placed.on(machine),
      onChange: (items) => {
        for (const { application } of items) {
          if (application) this.#applications.sawWindow(application);
        }
        this.#placed.sawWindows(new Set(items.flatMap(({ application }) => application ?? [])));
        this.#events.send({ type: 'windows', items });
      },
      onBell: () => this.#events.send({ type: 'bell' }),
    });
    this.#placed = new PlacedApplications({
      inSight: () => launchesInSight(marker),
      endProcesses: (id) => endProcesses(() => launchProcesses(marker, id), GRACE_MS),
      closeWindows: (id) => this.#windows.closeOf(id),
      onAnnounced: () => this.#windows.reconsider(),
      onChange: () => this.#changed(true),
    });
    this.#sockets = new DisplaySockets(display, () => this.#changed(false));
    this.#events = new EventSockets(() => [
      { type: 'windows', items: this.#windows.list },
      { type: 'applications', items: this.#allApplications() },
    ]);
    this.#streams = new StatusStreams(() => this.#status());
    this.#server = new AgentServer(
      { desktop: configuration.desktop, run: configuration.run, secret },
      {
        display: this.#sockets,
        events: this.#events,
        streams: this.#streams,
        windows: this.#windows,
        applications: this.#applications,
        placed: this.#placed,
        status: () => this.#status(),
      },
    );
  }

  /** Makes the desktop and keeps it. @returns never; rejects with the cause when it cannot be made or its display ends */
  run(): Promise<never> {
    const lasting = (work: Promise<unknown>) => work.then(() => new Promise<never>(() => {}));
    const ended = this.#display.ended.then((cause): never => {
      throw cause;
    });
    // When the X server dies its clients fail with it, perhaps a moment earlier: theirs is not the cause.
    const furnished = this.#furnish().catch(async (error) => {
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))]);
      throw error;
    });
    return Promise.race([ended, lasting(this.#listen()), lasting(furnished)]);
  }

  /** Ends everything, politely first. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#streams.end();
    this.#sockets.end();
    this.#events.end();
    this.#placed.close();
    await Promise.all([this.#applications.close(), this.#server.close()]);
    this.#windows.end();
    await this.#windowManager?.stop();
    await this.#display.stop();
    await endRun(runMarker(this.#configuration), 500);
  }

  async #listen(): Promise<void> {
    const { listen, addressFile } = this.#configuration;
    const { address, port } = await this.#server.listen(listen.host, listen.port);
    if (addressFile === undefined) return;
    const beside = `${addressFile}.${process.pid}`;
    writeFileSync(beside, JSON.stringify({ address, port, pid: process.pid } satisfies AgentAddress), { mode: 0o600 });
    renameSync(beside, addressFile);
  }

  /** Window manager and list of windows, as soon as there is a display for them. */
  async #furnish(): Promise<void> {
    await this.#display.answering;
    this.#changed(false);
    // Whoever waits for the display gets it first: while a window manager starts, the X server answers nobody else.
    await new Promise((resolve) => setTimeout(resolve, AFTER_YOU_MS));
    if (this.#closing) return;
    this.#windowManager = new WindowManager(this.#configuration.folder, this.#environment());
    await Promise.race([this.#windowManager.failed, this.#windows.watch(this.#display)]);
    await this.#windowManager.failed;
  }

  #environment(): Record<string, string> {
    const { name, authority, runtimeFolder } = this.#display;
    return displayEnvironment(baseEnvironment(process.env, this.#configuration), { name, authority, runtimeFolder });
  }

  /** What applications see: the desktop's language on top. */
  async #applicationEnvironment(): Promise<Record<string, string>> {
    const [language] = await Promise.all([this.#language(), this.#display.answering]);
    // Better a window without a frame than none.
    await Promise.race([this.#windows.managed, new Promise((resolve) => setTimeout(resolve, MANAGED_WITHIN_MS))]);
    return { ...this.#environment(), ...language };
  }

  async #language(): Promise<Record<string, string>> {
    const { locale } = this.#configuration;
    if (locale === undefined) return {};
    const listed = await promisify(execFile)('locale', ['-a'], { timeout: 2_000 }).catch(() => ({ stdout: '' }));
    return localeEnvironment(locale, listed.stdout.split('\n'));
  }

  #status(): AgentStatus {
    const { desktop, run } = this.#configuration;
    return { desktop, run, display: this.#display.state, ...this.#sockets.presence, applications: this.#allApplications() };
  }

  #allApplications(): readonly ApplicationStatus[] {
    return [...this.#applications.list(), ...this.#placed.list()];
  }

  #changed(applications: boolean): void {
    this.#streams.changed();
    if (applications) this.#events.send({ type: 'applications', items: this.#allApplications() });
  }
}
