/** Pass 3: the name in the address bar is one of ours, or a page of another name would reach us through DNS rebinding. */
import type { IncomingMessage } from 'node:http';
import { DeskhandError, Networks } from '#libs/common';
import type { Client } from './client.js';

const HOST = /^(?<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/;
const LOOPBACK = new Networks(['127.0.0.0/8', '::1']);
/** So many names that were found right are remembered. */
const REMEMBERED = 256;

export class AllowedHosts {
  readonly #names: ReadonlySet<string>;
  readonly #right = new Set<string>();

  /** @param names with a port they count for that port only */
  constructor(names: readonly string[]) {
    this.#names = new Set(names.map((name) => name.toLowerCase()));
  }

  /** @throws DeskhandError `INVALID_REQUEST` without exactly one host, `HOST_NOT_ALLOWED` */
  check({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>, { host }: Client): void {
    const isRight = this.#right.has(host);
    const name = isRight ? undefined : HOST.exec(host)?.groups?.name;
    if ((!isRight && name === undefined) || countHosts(rawHeaders) !== 1)
      throw new DeskhandError('INVALID_REQUEST', 'A request names its host, once.');
    if (name === undefined) return;
    const isLoopback = name === 'localhost' || LOOPBACK.has(name.replace(/^\[|\]$/g, ''));
    if (!isLoopback && !this.#names.has(name) && !this.#names.has(host)) throw new DeskhandError('HOST_NOT_ALLOWED');
    if (this.#right.size >= REMEMBERED) this.#right.clear();
    this.#right.add(host);
  }
}

function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}
