/** Pass 3: the name in the address bar is one of ours, or a page of another name would reach us through DNS rebinding. */
import type { IncomingMessage } from 'node:http';
import { DeskhandError, Networks } from '#libs/common';
import type { Client } from './client.js';

const HOST = /^(?<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/;
const LOOPBACK = new Networks(['127.0.0.0/8', '::1']);

export class AllowedHosts {
  readonly #names: ReadonlySet<string>;

  /** @param names with a port they count for that port only */
  constructor(names: readonly string[]) {
    this.#names = new Set(names.map((name) => name.toLowerCase()));
  }

  /** @throws DeskhandError `INVALID_REQUEST` without exactly one host, `HOST_NOT_ALLOWED` */
  check(request: Pick<IncomingMessage, 'headersDistinct'>, client: Client): void {
    const name = HOST.exec(client.host)?.groups?.name;
    if (name === undefined || request.headersDistinct.host?.length !== 1)
      throw new DeskhandError('INVALID_REQUEST', 'A request names its host, once.');
    if (name === 'localhost' || LOOPBACK.has(name.replace(/^\[|\]$/g, ''))) return;
    if (!this.#names.has(name) && !this.#names.has(client.host)) throw new DeskhandError('HOST_NOT_ALLOWED');
  }
}
