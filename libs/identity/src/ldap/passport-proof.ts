/** Proves passwords by passport-ldapauth, for those who rely on it: searches, binds and looks for groups on connections of one login. */
import { PassportStrategy } from '@nestjs/passport';
import Strategy from 'passport-ldapauth';
import type { LdapProviderConfiguration } from '#libs/common';
import { DirectoryFault } from '../directory/ldap-connection.js';
import type { LdapDirectory } from '../directory/ldap-directory.js';
import { LdapEntry } from '../directory/ldap-entry.js';
import { escapeFilterValue, fill, loginAttributesOf, placeholdersOf } from '../directory/ldap-text.js';
import { LoginRefusal } from '../identity-provider.js';
import type { LdapProof, Proven } from './ldap-provider.js';
import { LdapQueries } from './ldap-queries.js';

type Attributes = Readonly<Record<string, string | string[]>> & { readonly _groups?: readonly Attributes[] };

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
  readonly #servers: readonly Run[];
  readonly #queries: LdapQueries;
  /** The last that worked. */
  #preferred = 0;

  constructor(
    private readonly settings: LdapProviderConfiguration,
    private readonly directory: LdapDirectory,
    ca: string | undefined,
  ) {
    this.#queries = new LdapQueries(settings);
    this.#servers = settings.urls.map((url, index) => makeStrategy(settings, url, ca, `${settings.id}-${index}`));
  }

  async prove(username: string, password: string): Promise<Proven> {
    let fault: unknown;
    for (let attempt = 0; attempt < Math.min(2, this.#servers.length); attempt++) {
      const index = (this.#preferred + attempt) % this.#servers.length;
      try {
        const { _groups = [], ...user } = await this.#run(index, username, password);
        this.#preferred = index;
        return { entry: new LdapEntry(user), groups: _groups.map(({ _groups: _, ...group }) => new LdapEntry(group)) };
      } catch (error) {
        if (error instanceof LoginRefusal) throw await this.#explained(error, username);
        fault = error;
      }
    }
    throw fault;
  }

  /** The strategy says the same for a wrong password, an unknown name and a service account that is refused; the last is not the caller's fault. */
  async #explained({ code }: LoginRefusal, username: string): Promise<LoginRefusal> {
    const signal = this.directory.deadline();
    const entry = await this.directory.search((connection, within) => this.#queries.byName(connection, username, within), signal);
    return new LoginRefusal(code, entry?.first(this.settings.user.subject));
  }

  /** A strategy belongs to all requests: each runs on an object of its own, as passport itself does it. */
  #run(index: number, username: string, password: string): Promise<Attributes> {
    const { promise, resolve, reject } = Promise.withResolvers<Attributes>();
    const run: Run = Object.create(this.#servers[index] ?? null);
    run.success = resolve;
    run.fail = () => reject(new LoginRefusal('INVALID_CREDENTIALS'));
    run.error = (error) => {
      const reason = error instanceof Error ? error.message : String(error);
      // Whoever names two accounts is neither of them; it is no fault of the directory, or anybody could make it look broken.
      reject(AMBIGUOUS.test(reason) ? new LoginRefusal('INVALID_CREDENTIALS') : new DirectoryFault(reason));
    };
    const timer = setTimeout(run.error, this.settings.timeoutMs / Math.min(2, this.#servers.length), 'it did not answer in time');
    run.authenticate({ body: { username, password } });
    return promise.finally(() => clearTimeout(timer));
  }
}

function makeStrategy(settings: LdapProviderConfiguration, url: string, ca: string | undefined, name: string): Run {
  const { service, user, groups, allow, timeoutMs } = settings;
  const filter = allow.filter ? `(&${user.filter}${allow.filter})` : user.filter;
  const attributes = [
    ...LdapQueries.attributesOf(settings),
    ...placeholdersOf(groups.filter),
    ...loginAttributesOf(user.filter),
    user.subject,
  ];
  const options: Strategy.Options = {
    server: {
      url,
      ...(service ? { bindDN: service.dn, bindCredentials: service.password } : {}),
      searchBase: user.base,
      searchFilter: filter,
      searchScope: user.scope,
      searchAttributes: [...new Set(attributes)],
      timeout: timeoutMs,
      connectTimeout: timeoutMs,
      ...(ca === undefined ? {} : { tlsOptions: { ca: [ca] } }),
      ...(groups.base === undefined ? {} : groupSearch(groups.base, settings)),
    },
  };
  class LdapAuthStrategy extends PassportStrategy(Strategy, name) {
    constructor() {
      super(options);
    }
    validate(account: Attributes): Attributes {
      return account;
    }
  }
  return new LdapAuthStrategy() as unknown as Run;
}

const groupSearch = (base: string, { groups }: LdapProviderConfiguration) => ({
  groupSearchBase: base,
  groupSearchScope: groups.scope,
  groupSearchAttributes: [groups.name],
  groupSearchFilter: (account: Attributes): string => {
    const entry = new LdapEntry(account);
    const filter = fill(groups.filter, (placeholder) => (placeholder === 'dn' ? entry.dn : entry.first(placeholder)), escapeFilterValue);
    // It cannot be left out here: a filter that nothing matches.
    return filter ?? '(!(objectClass=*))';
  },
});
