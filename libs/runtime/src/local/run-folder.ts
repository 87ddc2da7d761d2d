/** The folder of one run: all that a server needs to find the run's agent again after it was killed, and what the agent says of itself. */
import { chmodSync, chownSync, existsSync, mkdirSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, errorCatalogue } from '#libs/common';
import { runMarker } from '#libs/display';
import { loginName } from '../login-name.js';
import type { Cause, DesktopRun, DesktopSpec, Endpoint } from '../runtime.js';
import { findAgent, isAgent } from './local-processes.js';
import type { LocalUser } from './local-users.js';
import { lastLine, readForeign, readOwn } from './run-files.js';

const LISTEN = { host: '127.0.0.1', port: 0 };
const OWNER_ONLY = { mode: 0o600 };

export class RunFolder {
  readonly #path: string;
  /** What the desktop's programs may write: all of it is foreign to this server, which runs as root perhaps. The rest is the server's. */
  readonly foreign: string;
  readonly configFile: string;
  /** What every process of the run carries in its environment. */
  readonly marker: string;

  constructor(runs: string, target: DesktopRun) {
    this.#path = join(runs, `${target.desktop}-${target.run}`);
    this.foreign = this.#in('desktop');
    this.configFile = this.#in('agent.json');
    this.marker = runMarker({ ...target, folder: this.foreign });
  }

  /** Makes it anew with what the agent has to know. @returns a descriptor of the agent's log, to be closed by the caller */
  make(spec: DesktopSpec, user: LocalUser): number {
    this.remove();
    mkdirSync(this.#path);
    chmodSync(this.#path, 0o711);
    mkdirSync(this.foreign, { mode: 0o700 });
    if (user.uid !== undefined) chownSync(this.foreign, user.uid, user.uid);
    writeFileSync(this.#in('secret'), Buffer.from(spec.secret).toString('base64url'), OWNER_ONLY);
    writeFileSync(this.configFile, JSON.stringify(this.#config(spec, user)), OWNER_ONLY);
    return openSync(this.#in('agent.log'), 'a', OWNER_ONLY.mode);
  }

  /** When it was made, in milliseconds since the epoch; undefined when there is none. */
  get madeAt(): number | undefined {
    return statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs;
  }

  noteAgent(pid: number): void {
    writeFileSync(this.#in('pid'), String(pid), OWNER_ONLY);
  }

  /** Whether an agent was ever started from here, as far as is written down. */
  get hadAgent(): boolean {
    return existsSync(this.#in('pid'));
  }

  /** The pid of the live agent. */
  agentPid(): number | undefined {
    const written = Number(readOwn(this.#in('pid')));
    if (written > 0) return isAgent(written, this.configFile) ? written : undefined;
    return existsSync(this.configFile) ? findAgent(this.configFile) : undefined;
  }

  noteStop(): void {
    writeFileSync(this.#in('stopping'), '', OWNER_ONLY);
  }

  /** When the agent was told to end, in milliseconds since the epoch; undefined as long as it was not. */
  get stopNotedAt(): number | undefined {
    return statSync(this.#in('stopping'), { throwIfNoEntry: false })?.mtimeMs;
  }

  endpoint(): Endpoint | undefined {
    const { address, port } = readForeign(join(this.foreign, 'address.json'));
    // No other address was asked for: a desktop must not have this server dial where it likes.
    return address === LISTEN.host && Number.isInteger(port) ? { address, port: Number(port) } : undefined;
  }

  secret(): Uint8Array {
    return Buffer.from(readOwn(this.#in('secret')) ?? '', 'base64url');
  }

  /** Why the agent says that it ended. */
  cause(): Cause | undefined {
    const { code, detail } = readForeign(join(this.foreign, 'failure.json'));
    const isKnown = typeof code === 'string' && code in errorCatalogue;
    return isKnown ? { code: code as ErrorCode, detail: String(detail).slice(0, 500) } : undefined;
  }

  lastWords(): string | undefined {
    return lastLine(this.#in('agent.log'));
  }

  /** The user that the desktop runs as; undefined when the folder has gone. */
  owner(): number | undefined {
    return statSync(this.foreign, { throwIfNoEntry: false })?.uid;
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }

  #in(name: string): string {
    return join(this.#path, name);
  }

  #config({ desktop, run, userName, width, height, timezone, locale }: DesktopSpec, user: LocalUser): object {
    return {
      desktop,
      run,
      listen: LISTEN,
      addressFile: join(this.foreign, 'address.json'),
      secretFile: this.#in('secret'),
      folder: this.foreign,
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
}
