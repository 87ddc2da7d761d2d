/** A directory of one or more servers behind connections that are used again: whichever server fails, the next one is asked. */
import type { ResultCodeError } from 'ldapts';
import { Deadline } from './deadline.js';
import { DirectoryFault, LdapConnection, type LdapSecurity } from './ldap-connection.js';
import type { LdapServer, LdapServers } from './ldap-servers.js';

export interface LdapAccount {
  readonly dn: string;
  readonly password: string;
}

export interface LdapDirectorySettings extends LdapSecurity {
  readonly servers: LdapServers;
  /** Who searches; undefined: nobody, anonymously. */
  readonly service: LdapAccount | undefined;
  /** Longest time for everything that one login asks of the directory. */
  readonly timeoutMs: number;
}

/** A firewall on the way may forget a connection without a word: older ones are not trusted to be there. */
const LONGEST_REST_MS = 30_000;
/** Of each kind; more logins than that at once open more and close them afterwards. */
const MOST_AT_REST = 16;

type Use<Result> = (connection: LdapConnection, within: Deadline) => Promise<Result>;

export class LdapDirectory {
  /** Bound as the service account. */
  readonly #searching: LdapConnection[] = [];
  /** Bound as whoever logged in last, or nobody. */
  readonly #proving: LdapConnection[] = [];

  constructor(private readonly settings: LdapDirectorySettings) {}

  /** For everything that one login asks. */
  deadline(): Deadline {
    return new Deadline(this.settings.timeoutMs);
  }

  /** @throws DirectoryFault also when the service account is refused */
  search<Result>(use: Use<Result>, deadline: Deadline): Promise<Result> {
    return this.#onAServer(this.#searching, use, deadline, async (connection, within) => {
      const { service } = this.settings;
      const refusal = service && (await connection.bind(service.dn, service.password, within));
      if (!refusal) return;
      connection.close();
      throw new DirectoryFault(`the service account is refused: ${refusal.name}`);
    });
  }

  /**
   * Proves a password, and may go on as its owner.
   * @throws DirectoryFault
   */
  prove(account: LdapAccount, deadline: Deadline): Promise<ResultCodeError | undefined>;
  prove<Result>(account: LdapAccount, deadline: Deadline, asOwner: Use<Result>): Promise<ResultCodeError | Result>;
  prove<Result>({ dn, password }: LdapAccount, deadline: Deadline, asOwner?: Use<Result>): Promise<ResultCodeError | Result | undefined> {
    const use: Use<ResultCodeError | Result | undefined> = async (connection, within) =>
      (await connection.bind(dn, password, within)) ?? asOwner?.(connection, within);
    return this.#onAServer(this.#proving, use, deadline, async () => {});
  }

  close(): void {
    for (const connection of [...this.#searching.splice(0), ...this.#proving.splice(0)]) connection.close();
  }

  async #onAServer<Result>(pool: LdapConnection[], use: Use<Result>, deadline: Deadline, prepare: Use<void>): Promise<Result> {
    const rested = takeRested(pool);
    if (rested) {
      try {
        return await this.#use(pool, rested, use, deadline.part(2));
      } catch (error) {
        if (!(error instanceof DirectoryFault) || deadline.isOver) throw error;
        // Its server may have been started again: those that rest have then gone with it.
        for (const connection of pool.splice(0)) connection.close();
      }
    }
    const servers = await this.settings.servers.inOrder(deadline);
    let fault = new DirectoryFault('it has no servers');
    for (const [index, server] of servers.entries()) {
      const within = deadline.part(servers.length - index);
      try {
        const connection = await LdapConnection.open(server, this.settings, within);
        await prepare(connection, within);
        const result = await this.#use(pool, connection, use, within);
        this.settings.servers.worked(server);
        return result;
      } catch (error) {
        if (!(error instanceof DirectoryFault)) throw error;
        this.settings.servers.failed(server);
        fault = new DirectoryFault(`${addressOf(server)}: ${error.reason}`);
        if (deadline.isOver) break;
      }
    }
    throw fault;
  }

  async #use<Result>(pool: LdapConnection[], connection: LdapConnection, use: Use<Result>, within: Deadline): Promise<Result> {
    let result: Result;
    try {
      result = await use(connection, within);
    } catch (error) {
      connection.close();
      throw error;
    }
    if (connection.isUsable && pool.length < MOST_AT_REST) pool.push(connection);
    else connection.close();
    return result;
  }
}

/** The one that rested shortest: the others grow old and are closed. */
function takeRested(pool: LdapConnection[]): LdapConnection | undefined {
  for (let connection = pool.pop(); connection; connection = pool.pop()) {
    if (connection.isUsable && Date.now() - connection.usedAt < LONGEST_REST_MS) return connection;
    connection.close();
  }
  return undefined;
}

const addressOf = ({ name, port }: LdapServer): string => `${name}:${port}`;
