/** The servers of a directory in the order in which they are asked: one that has just failed comes last. */
import { isIP } from 'node:net';
import type { Deadline } from './deadline.js';

export interface LdapServer {
  /** Name or address to dial. */
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure: boolean;
  /** Whose certificate it must show. */
  readonly name: string;
}

/** For so long a server that failed is asked only when the others fail too: longer than connections rest, or it would be in the way each time. */
const SHUNNED_MS = 120_000;

export class LdapServers {
  readonly #failedAt = new Map<string, number>();

  /** @param find the servers in order of preference; may look them up */
  constructor(private readonly find: (within: Deadline) => Promise<readonly LdapServer[]>) {}

  async inOrder(within: Deadline, now = Date.now()): Promise<readonly LdapServer[]> {
    const servers = await this.find(within);
    const shunned = (server: LdapServer): boolean => now - (this.#failedAt.get(keyOf(server)) ?? Number.NEGATIVE_INFINITY) < SHUNNED_MS;
    return [...servers.filter((server) => !shunned(server)), ...servers.filter(shunned)];
  }

  failed(server: LdapServer, now = Date.now()): void {
    this.#failedAt.set(keyOf(server), now);
  }

  worked(server: LdapServer): void {
    this.#failedAt.delete(keyOf(server));
  }
}

const keyOf = ({ host, port }: LdapServer): string => `${host} ${port}`;

export const urlOf = ({ host, port, secure }: LdapServer): string =>
  `${secure ? 'ldaps' : 'ldap'}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

/** From `ldap://host:port` or `ldaps://host:port`. */
export function serverOf(url: string): LdapServer {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === 'ldaps:';
  const host = hostname.replace(/^\[|\]$/g, '');
  return { host, port: port === '' ? (secure ? 636 : 389) : Number(port), secure, name: host };
}
