/** One connection to one server of a directory: encrypted as the configuration says, given up when it is late, dead as soon as anything is odd. */
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { Client, ResultCodeError, type SearchOptions } from 'ldapts';
import { DeskhandError } from '#libs/common';
import type { Deadline } from './deadline.js';
import { LdapEntry } from './ldap-entry.js';
import { type LdapServer, urlOf } from './ldap-servers.js';

/** The server cannot be used: not there, late, not trusted, or talking nonsense. What it is in detail is its cause: for the log, not for the answer. */
export class DirectoryFault extends DeskhandError {
  constructor(readonly reason: string) {
    super('PROVIDER_UNAVAILABLE', undefined, {}, { cause: new Error(reason) });
  }
}

export interface LdapSecurity {
  readonly startTls: boolean;
  /** PEM; those of the machine by default. */
  readonly ca: string | undefined;
}

const LATE = 'it did not answer in time';

/** Answers to a bind that are about the account: of all others the server is to blame. RFC 4511, appendix A. */
const REFUSALS: ReadonlySet<number> = new Set([
  19, // constraintViolation
  32, // noSuchObject
  34, // invalidDNSyntax
  48, // inappropriateAuthentication
  49, // invalidCredentials
  50, // insufficientAccessRights
  53, // unwillingToPerform
]);

/** RFC 4511, 4.1.9. */
const SIZE_LIMIT_EXCEEDED = 4;
const NO_SUCH_OBJECT = 32;

/** No fault of the directory: more was found than was asked for. */
export class TooManyEntries extends Error {
  override readonly name = 'TooManyEntries';
}

export class LdapConnection {
  #client!: Client;
  /** Plain and, on top of it, encrypted. */
  readonly #sockets: Socket[] = [];
  #isDead = false;
  /** Milliseconds since the epoch. */
  usedAt = Date.now();

  private constructor(readonly server: LdapServer) {}

  /** @throws DirectoryFault */
  static async open(server: LdapServer, { startTls, ca }: LdapSecurity, within: Deadline): Promise<LdapConnection> {
    const connection = new LdapConnection(server);
    const { host, port, name, secure } = server;
    const tls: ConnectionOptions = {
      host: name,
      minVersion: 'TLSv1.2',
      ...(isIP(name) ? {} : { servername: name }),
      ...(ca === undefined ? {} : { ca }),
    };
    connection.#client = new Client({
      url: urlOf(server),
      createConnection: () => connection.#watch(connectPlain({ host, port, keepAlive: true })),
      // The client calls it to dial, and with a socket to upgrade.
      createSecureConnection: ((first: unknown) => {
        const { socket } = typeof first === 'object' ? (first as ConnectionOptions) : {};
        return connection.#watch(
          connectTls({ ...tls, socket: socket ?? connection.#watch(connectPlain({ host, port, keepAlive: true })) }),
        );
      }) as never,
    });
    if (startTls && !secure) await connection.#ask(within, () => connection.#client.startTLS({}));
    return connection;
  }

  get isUsable(): boolean {
    return !this.#isDead;
  }

  /** @returns undefined when it was taken; the server's refusal otherwise @throws DirectoryFault */
  async bind(dn: string, password: string, within: Deadline): Promise<ResultCodeError | undefined> {
    // An empty password asks for an anonymous bind, which succeeds (RFC 4513, 5.1.2); a bare mechanism's name would be taken for SASL.
    if (password === '' || /^[A-Z0-9-]*$/.test(dn)) throw new DirectoryFault('the name or the password to bind with is empty');
    const refusal = await this.#ask(within, async () => {
      try {
        return await this.#client.bind(dn, password);
      } catch (error) {
        if (error instanceof ResultCodeError && REFUSALS.has(error.code)) return error;
        throw error;
      }
    });
    return refusal ?? undefined;
  }

  /** @throws DirectoryFault; TooManyEntries when there are more than the options' limit */
  async search(base: string, options: SearchOptions, within: Deadline): Promise<readonly LdapEntry[]> {
    const found = await this.#ask(within, async () => {
      try {
        return await this.#client.search(base, options);
      } catch (error) {
        if (error instanceof ResultCodeError && error.code === SIZE_LIMIT_EXCEEDED) return undefined;
        // Elsewhere it means a base that is not there: a fault.
        if (error instanceof ResultCodeError && error.code === NO_SUCH_OBJECT && options.scope === 'base') return { searchEntries: [] };
        throw error;
      }
    });
    if (!found) throw new TooManyEntries();
    return found.searchEntries.map((entry) => new LdapEntry(entry));
  }

  close(): void {
    this.#isDead = true;
    this.#client.unbind().catch(() => {});
    for (const socket of this.#sockets) socket.destroy();
  }

  #watch<Kind extends Socket>(socket: Kind): Kind {
    // The client would dial again by itself, unencrypted and as nobody.
    if (this.#isDead) throw new DirectoryFault('the connection was closed');
    this.#sockets.push(socket);
    socket.once('close', () => {
      this.#isDead = true;
    });
    return socket;
  }

  /** Whatever fails, whyever: the connection is not used again. */
  async #ask<Answer>(within: Deadline, question: () => Promise<Answer>): Promise<Answer> {
    if (this.#isDead || within.isOver) throw new DirectoryFault(this.#isDead ? 'the connection was closed' : LATE);
    try {
      const answer = await within.race(question(), () => new DirectoryFault(LATE));
      this.usedAt = Date.now();
      return answer;
    } catch (error) {
      this.close();
      throw error instanceof DirectoryFault ? error : new DirectoryFault(reasonOf(error));
    }
  }
}

/** One line: what servers answer may have more, and characters that do not belong into a log. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error)).replace(/\p{C}+/gu, ' ').slice(0, 300);
