/** The desktop's X server: TigerVNC's Xvnc, which serves RFB on a unix socket in the agent's private folder and never on a TCP port. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { DeskhandError } from '#libs/common';
import type { AgentConfiguration } from './agent-configuration.js';
import type { DisplayState } from './agent-status.js';
import { baseEnvironment } from './desktop-environment.js';
import { Program } from './program.js';
import { readAuthority, writeAuthority } from './x-authority.js';

const SOCKET = 'rfb.sock';
/** Bytes of clipboard text that go either way. */
export const MAX_CUT_TEXT = 1024 * 1024;
/** Longest wait for the X server, milliseconds; beyond it, it never comes. */
const START_LIMIT_MS = 30_000;

/** Where X servers put their sockets by name. */
const X_SOCKETS = '/tmp/.X11-unix';

/**
 * Which number, and what follows from the folder of sockets. WSL mounts that folder read-only for a server of its own. Ours then listens on an abstract socket only (`-pn` accepts that), under
 * a number of which nobody else has a socket in the folder.
 */
function numbering(given: number | undefined): string[] {
  const own = given === undefined ? [] : [`:${given}`];
  try {
    accessSync(X_SOCKETS, constants.W_OK);
    return own;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return own;
    return [`:${given ?? 1000 + (process.pid % 50_000)}`, '-pn'];
  }
}

type Wanted = Pick<AgentConfiguration, 'width' | 'height' | 'displayNumber' | 'listenTcp'>;

const argv = (authority: string, { width, height, displayNumber, listenTcp }: Wanted): string[] => [
  ...numbering(displayNumber),
  ...['-displayfd', '3', '-auth', authority, listenTcp ? '-listen' : '-nolisten', 'tcp', '-noreset', '-br'],
  ...['-geometry', `${width}x${height}`, '-depth', '24', '-desktop', 'Deskhand'],
  // The socket's name is relative to the folder: an absolute one may be longer than the 107 bytes that a unix socket's name has.
  ...['-rfbunixpath', SOCKET, '-rfbunixmode', '0600', '-rfbport', '-1', '-SecurityTypes', 'None'],
  // All clients come through one socket and so are one host: one that fails would shut all others out.
  ...['-UseBlacklist=0', '-AlwaysShared', '-AcceptSetDesktopSize'],
  ...['-MaxIdleTime', '0', '-MaxConnectionTime', '0', '-MaxDisconnectionTime', '0', '-IdleTimeout', '0', '-s', '0'],
  // Selecting text must not replace what the person has in the clipboard; pasting works with either selection.
  ...['-AcceptCutText', '-SendCutText', '-MaxCutText', String(MAX_CUT_TEXT), '-SetPrimary', '-SendPrimary=0'],
];

export class XServer {
  /** File with the key that clients need. */
  readonly authority: string;
  readonly cookie: Buffer;
  /** Resolves when clients can connect; rejects with `DISPLAY_FAILED` or `PROGRAM_MISSING`. */
  readonly answering: Promise<void>;
  /** Resolves with the cause once it is gone, however it went. */
  readonly ended: Promise<DeskhandError>;
  readonly #program: Program;
  readonly #folder: string;
  #number: number | undefined;
  #state: DisplayState = 'starting';

  constructor(configuration: AgentConfiguration) {
    const { folder, authorityFile } = configuration;
    this.#folder = folder;
    this.authority = authorityFile ?? join(folder, 'Xauthority');
    this.cookie = authorityFile === undefined ? writeAuthority(this.authority) : readAuthority(authorityFile);
    this.#program = new Program('Xvnc', argv(this.authority, configuration), {
      folder,
      environment: baseEnvironment(process.env, configuration),
      extra: ['pipe'],
    });
    // While the X server starts there is time.
    mkdirSync(this.runtimeFolder, { recursive: true, mode: 0o700 });
    this.ended = this.#program.ended.then((end) => {
      const answered = this.#state === 'answering';
      this.#state = 'ended';
      return end instanceof DeskhandError ? end : new DeskhandError(answered ? 'DISPLAY_ENDED' : 'DISPLAY_FAILED', end);
    });
    this.answering = Promise.race([this.#readNumber(), this.ended.then((cause) => Promise.reject(cause))]);
    // Whoever waits hears of it; nobody has to.
    this.answering.catch(() => {});
  }

  get state(): DisplayState {
    return this.#state;
  }

  /** As in DISPLAY, such as `:3`; known once it answers. */
  get name(): string {
    return `:${this.#number}`;
  }

  /** Where X clients connect, in the order that Xlib tries. */
  get clientSockets(): readonly string[] {
    const path = `${X_SOCKETS}/X${this.#number}`;
    return [`\0${path}`, path];
  }

  /** Where RFB is served; relative to the working directory where that is shorter. */
  get rfbSocket(): string {
    const absolute = join(this.#folder, SOCKET);
    const short = relative(process.cwd(), absolute);
    return short.length < absolute.length ? short : absolute;
  }

  get runtimeFolder(): string {
    return join(this.#folder, 'runtime');
  }

  async stop(): Promise<void> {
    await this.#program.stop(2_000);
  }

  /** The X server writes its number when it is ready for clients. */
  async #readNumber(): Promise<void> {
    const pipe = this.#program.child.stdio[3] as Readable | null | undefined;
    const limit = setTimeout(() => this.#program.child.kill('SIGKILL'), START_LIMIT_MS);
    const digits = await new Promise<string>((resolve) => {
      let text = '';
      pipe
        ?.on('error', () => {})
        .on('data', (chunk: Buffer) => {
          text += chunk.toString('latin1');
          if (text.includes('\n')) resolve(text.trim());
        });
    });
    clearTimeout(limit);
    this.#number = Number(digits);
    this.#state = 'answering';
  }
}
