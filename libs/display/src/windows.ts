/** Knows the windows of the desktop, as the window manager lists them, and asks it to bring one to the front or to close it. */
import { DeskhandError } from '#libs/common';
import type { DesktopWindow } from './agent-status.js';
import { cleanText } from './untrusted-text.js';
import { XConnection, type XDisplay } from './x-connection.js';
import { X_RESOURCES } from './x-resources.js';

const ROOT_COLOUR = 0x2b3440;
/** Least milliseconds between two readings, however often a program changes its title. */
const PAUSE_MS = 50;
const MAX_WINDOWS = 500;
/** Source indication of EWMH: a request of the person, not of a program. */
const BY_THE_USER = 2;

/** Openbox leaves events that came during its start lying until the next one comes, and windows unmapped with them: so one comes. */
const WAKE_AFTER_MS = [50, 100, 200, 400, 800, 1600, 3200];
const MANAGER = '_NET_SUPPORTING_WM_CHECK';
/** Where the client runs, as it says itself (ICCCM 4.1.2.9). */
const MACHINE = 'WM_CLIENT_MACHINE';
const LISTS = ['_NET_CLIENT_LIST', '_NET_ACTIVE_WINDOW'] as const;
// An old program's WM_NAME may be in an encoding that only the window manager understands, which then shows it as the visible name.
const TEXTS = ['_NET_WM_NAME', '_NET_WM_VISIBLE_NAME', 'WM_NAME', 'WM_CLASS'] as const;

const STATE = '_NET_WM_STATE';
/** States in which a window reaches down to the edge, and the one in which it is not to be seen (EWMH). */
const WHOLE = ['_NET_WM_STATE_MAXIMIZED_VERT', '_NET_WM_STATE_FULLSCREEN'] as const;
const HIDDEN = '_NET_WM_STATE_HIDDEN';

type Known = Omit<DesktopWindow, 'active'>;

export interface WindowsOptions {
  /** Which launch a process belongs to. */
  readonly applicationOf: (pid: number) => string | undefined;
  /** Which launch runs on a machine of this name; undefined for this desktop's own. */
  readonly applicationOn: (machine: string) => string | undefined;
  readonly onChange: (windows: readonly DesktopWindow[]) => void;
  readonly onBell: () => void;
}

export class Windows {
  /** Resolves when there is a window manager: what appears on the screen before may stay without a frame and out of every list. */
  readonly managed: Promise<void>;
  #manage: () => void = () => {};
  readonly #options: WindowsOptions;
  #connection: XConnection | undefined;
  #known = new Map<number, Known>();
  /** Windows whose texts or state changed since they were read. */
  readonly #changed = new Set<number>();
  #list: readonly DesktopWindow[] = [];
  #due: NodeJS.Timeout | undefined;
  #reading = false;
  /** Something changed while it was being read. */
  #again = false;
  /** A launch came to be known, of which windows may be that belonged to none. */
  #reconsider = false;
  #lastBell = 0;

  constructor(options: WindowsOptions) {
    this.#options = options;
    this.managed = new Promise((resolve) => {
      this.#manage = resolve;
    });
  }

  get list(): readonly DesktopWindow[] {
    return this.#list;
  }

  /** Connects to the display and keeps the list from then on. */
  async watch(display: XDisplay): Promise<void> {
    const connection = await XConnection.open(display);
    this.#connection = connection;
    connection.paintRoot(ROOT_COLOUR);
    connection.setResources(X_RESOURCES);
    const [lists, own] = await Promise.all(
      [LISTS, [...TEXTS, STATE]].map((names) => Promise.all(names.map((name) => connection.atom(name)))),
    );
    const manager = await connection.atom(MANAGER);
    connection.onEvent(({ name, wid, atom }) => {
      if (name === 'XkbBellNotify') return this.#ring();
      if (name !== 'PropertyNotify' || wid === undefined || atom === undefined) return;
      if (atom === manager && wid === connection.root) this.#managerCame(connection);
      if (own?.includes(atom)) this.#changed.add(wid);
      else if (wid !== connection.root || !lists?.includes(atom)) return;
      this.#schedule();
    });
    connection.watchProperties(connection.root);
    connection.watchBell();
    if ((await connection.property(connection.root, MANAGER)).length > 0) this.#managerCame(connection);
    this.#schedule();
  }

  async activate(id: string): Promise<void> {
    await this.#request(id, '_NET_ACTIVE_WINDOW', [BY_THE_USER, 0, 0]);
  }

  async close(id: string): Promise<void> {
    await this.#request(id, '_NET_CLOSE_WINDOW', [0, BY_THE_USER]);
  }

  /** Asks all windows of a launch to close. @returns how many there are */
  closeOf(application: string): number {
    const windows = this.#list.filter((window) => window.application === application);
    // A window that is gone needs no closing.
    for (const { id } of windows) this.close(id).catch(() => {});
    return windows.length;
  }

  /** Finds out again whose the windows are that belong to no launch. */
  reconsider(): void {
    this.#reconsider = true;
    if (this.#connection) this.#schedule();
  }

  /** Lets go of the display. */
  end(): void {
    clearTimeout(this.#due);
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #request(id: string, message: string, data: readonly number[]): Promise<void> {
    if (!this.#list.some((window) => window.id === id)) throw new DeskhandError('WINDOW_NOT_FOUND');
    await this.#connection?.request(Number(id), message, data);
  }

  #managerCame(connection: XConnection): void {
    this.#manage();
    for (const delay of WAKE_AFTER_MS) setTimeout(() => connection.touchRoot(), delay).unref();
  }

  #ring(): void {
    const now = performance.now();
    if (now - this.#lastBell < 2 * PAUSE_MS) return;
    this.#lastBell = now;
    this.#options.onBell();
  }

  #schedule(): void {
    this.#again = this.#reading;
    if (this.#due || this.#reading) return;
    this.#due = setTimeout(() => void this.#read(), PAUSE_MS);
  }

  async #read(): Promise<void> {
    const connection = this.#connection;
    this.#due = undefined;
    if (!connection) return;
    this.#reading = true;
    const stale = new Set(this.#changed);
    this.#changed.clear();
    const reconsider = this.#reconsider;
    this.#reconsider = false;
    const [ids, [active]] = await Promise.all([
      connection.numbers(connection.root, '_NET_CLIENT_LIST'),
      connection.numbers(connection.root, '_NET_ACTIVE_WINDOW'),
    ]);
    const entries = ids.slice(0, MAX_WINDOWS).map(async (id): Promise<[number, Known]> => {
      const known = this.#known.get(id);
      // Watched before it is read, or a change in between would be missed.
      if (!known) connection.watchProperties(id);
      const isStranger = reconsider && !known?.application;
      return [id, known && !stale.has(id) && !isStranger ? known : await this.#describe(connection, id, isStranger ? undefined : known)];
    });
    this.#known = new Map(await Promise.all(entries));
    this.#reading = false;
    this.#publish(active);
    if (this.#again) this.#schedule();
  }

  async #describe(connection: XConnection, id: number, known: Known | undefined): Promise<Known> {
    const maximized = this.#isMaximized(connection, id);
    const [name, visibleName, oldName, classes] = await Promise.all(TEXTS.map((text) => connection.property(id, text)));
    const title = [name, visibleName].find((text) => text?.length)?.toString('utf8') ?? oldName?.toString('latin1');
    // Instance and class, each ended by a zero byte.
    const windowClass = classes?.toString('utf8').split('\0')[1];
    return {
      id: String(id),
      title: cleanText(this.#withoutMachine(title ?? '')),
      class: cleanText(windowClass ?? '', 100),
      ...((await maximized) ? { maximized: true } : {}),
      // The process never changes, and looking it up costs more than all the rest.
      ...(known ? { application: known.application } : await this.#owner(connection, id)),
    };
  }

  async #isMaximized(connection: XConnection, id: number): Promise<boolean> {
    const states = await connection.numbers(id, STATE);
    if (states.length === 0) return false;
    const [hidden = 0, ...whole] = await Promise.all([HIDDEN, ...WHOLE].map((name) => connection.atom(name)));
    return !states.includes(hidden) && whole.some((state) => states.includes(state));
  }

  /** The window manager adds the name of the machine to the titles of others' windows. */
  #withoutMachine(title: string): string {
    const [, before, machine] = /^(.*) \(([^()]+)\)$/su.exec(title) ?? [];
    return machine !== undefined && this.#options.applicationOn(machine) ? (before ?? '') : title;
  }

  async #owner(connection: XConnection, id: number): Promise<{ application?: string }> {
    const { applicationOf, applicationOn } = this.#options;
    const machine = (await connection.property(id, MACHINE)).toString('latin1').replace(/\0+$/, '');
    const remote = machine === '' ? undefined : applicationOn(machine);
    // The number of a process means nothing on another machine.
    const process = remote === undefined ? await connection.processOf(id) : undefined;
    const application = remote ?? (process === undefined ? undefined : applicationOf(process));
    return application ? { application } : {};
  }

  #publish(active: number | undefined): void {
    const list = [...this.#known].map(([id, known]): DesktopWindow => ({ ...known, active: id === active }));
    if (JSON.stringify(list) === JSON.stringify(this.#list)) return;
    this.#list = list;
    this.#options.onChange(list);
  }
}
