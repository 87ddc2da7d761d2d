/** Proves passwords by passport-ldapauth, for those who rely on it: searches and binds on connections of one login. */
import { PassportStrategy } from '@nestjs/passport';
import Strategy from 'passport-ldapauth';
import type { LdapProviderConfiguration } from '#libs/common';
import type { Deadline } from '../directory/deadline.js';
import { DirectoryFault, type LdapConnection } from '../directory/ldap-connection.js';
import type { LdapDirectory } from '../directory/ldap-directory.js';
import { LdapEntry } from '../directory/ldap-entry.js';
import { type LdapServer, type LdapServers, urlOf } from '../directory/ldap-servers.js';
import { LoginRefusal } from '../identity-provider.js';
import type { LdapProof, Proven } from './ldap-provider.js';
import { LdapQueries } from './ldap-queries.js';

type Attributes = Readonly<Record<string, string | string[]>>;

/** What passport calls on a strategy that runs. */
interface Run {
  success(user: Attributes): void;
  fail(challenge: unknown, status?: number): void;
  error(error: unknown): void;
  authenticate(request: { readonly body: { readonly username: string; readonly password: string } }): void;
}

/** As the strategy's library says it; the name that was typed stands behind it. */
const AMBIGUOUS = /^unexpected number of matches \(\d+\) for /;

export class PassportProof implements LdapProof {
  /** By the server's URL. */
  readonly #strategies = new Map<string, Run>();
  readonly #queries: LdapQueries;

  constructor(
    private readonly settings: LdapProviderConfiguration,
    private readonly directory: LdapDirectory,
    private readonly servers: LdapServers,
    private readonly ca: string | undefined,
  ) {
    this.#queries = new LdapQueries(settings);
  }

  async prove(username: string, password: string): Promise<Proven> {
    const deadline = this.directory.deadline();
    const entry = await this.#prove(username, password, deadline);
    // Not by the strategy: it reads no pages, and an account in very many groups would look like a directory that fails.
    const groupsOf = (connection: LdapConnection, within: Deadline) => this.#queries.groupsOf(connection, entry, within);
    return { entry, groups: this.#queries.askGroups ? await this.directory.search(groupsOf, deadline) : [] };
  }

  /** By the first server that answers. */
  async #prove(username: string, password: string, deadline: Deadline): Promise<LdapEntry> {
    const servers = await this.servers.inOrder(deadline);
    let fault: unknown;
    for (const [index, server] of servers.entries()) {
      try {
        const account = await this.#run(server, username, password, deadline.part(servers.length - index));
        this.servers.worked(server);
        return new LdapEntry(account);
      } catch (error) {
        if (error instanceof LoginRefusal) throw await this.#explained(error, username, deadline);
        this.servers.failed(server);
        fault = error;
        if (deadline.isOver) break;
      }
    }
    throw fault;
  }

  /** The strategy says the same for a wrong password, an unknown name and a service account that is refused; the last is not the caller's fault. */
  async #explained({ code }: LoginRefusal, username: string, deadline: Deadline): Promise<LoginRefusal> {
    const entry = await this.directory.search((connection, within) => this.#queries.byName(connection, username, within), deadline);
    return new LoginRefusal(code, entry?.first(this.settings.user.subject));
  }

  /** A strategy belongs to all requests: each runs on an object of its own, as passport itself does it. */
  #run(server: LdapServer, username: string, password: string, within: Deadline): Promise<Attributes> {
    const { promise, resolve, reject } = Promise.withResolvers<Attributes>();
    const run: Run = Object.create(this.#strategyOf(server));
    run.success = resolve;
    run.fail = () => reject(new LoginRefusal('INVALID_CREDENTIALS'));
    run.error = (error) => {
      const reason = error instanceof Error ? error.message : String(error);
      // Whoever names two accounts is neither of them; it is no fault of the directory, or anybody could make it look broken.
      reject(AMBIGUOUS.test(reason) ? new LoginRefusal('INVALID_CREDENTIALS') : new DirectoryFault(reason));
    };
    run.authenticate({ body: { username: literal(username), password } });
    return within.race(promise, () => new DirectoryFault('it did not answer in time'));
  }

  #strategyOf(server: LdapServer): Run {
    const url = urlOf(server);
    const known = this.#strategies.get(url) ?? makeStrategy(this.settings, url, this.ca);
    this.#strategies.set(url, known);
    return known;
  }
}

/** The strategy puts the name into its filter by `replace`, which would read `$'` and the like as the filter around it. */
const literal = (username: string): string => username.replaceAll('$', '$$$$');

function makeStrategy(settings: LdapProviderConfiguration, url: string, ca: string | undefined): Run {
  const { id, service, user, allow, timeoutMs } = settings;
  const filter = allow.filter ? `(&${user.filter}${allow.filter})` : user.filter;
  const options: Strategy.Options = {
    server: {
      url,
      ...(service ? { bindDN: service.dn, bindCredentials: service.password } : {}),
      searchBase: user.base,
      searchFilter: filter,
      searchScope: user.scope,
      searchAttributes: [...LdapQueries.neededOf(settings)],
      timeout: timeoutMs,
      connectTimeout: timeoutMs,
      ...(ca === undefined ? {} : { tlsOptions: { ca: [ca] } }),
    },
  };
  class LdapAuthStrategy extends PassportStrategy(Strategy, `${id} ${url}`) {
    constructor() {
      super(options);
    }
    validate(account: Attributes): Attributes {
      return account;
    }
  }
  return new LdapAuthStrategy() as unknown as Run;
}
