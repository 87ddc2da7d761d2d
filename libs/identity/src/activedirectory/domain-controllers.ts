/** Where the controllers of a domain are: named by the configuration, or looked up as the domain announces them. */
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { ActiveDirectoryProviderConfiguration } from '#libs/common';
import type { Deadline } from '../directory/deadline.js';
import { DirectoryFault } from '../directory/ldap-connection.js';
import { type LdapServer, serverOf } from '../directory/ldap-servers.js';
import { srvRecords } from './srv-records.js';

/** How long what the DNS said is good: a controller that went is noticed when it does not answer. */
const KEPT_MS = 300_000;
/** After a failed lookup, with what was known before. */
const RETRY_MS = 30_000;

export class DomainControllers {
  readonly #resolver = new Resolver({ timeout: 1000, tries: 2 });
  #known: readonly LdapServer[] = [];
  /** Milliseconds since the epoch. */
  #goodUntil = Number.NEGATIVE_INFINITY;
  /** The lookup that everybody waits for. */
  #running: Promise<void> | undefined;

  constructor(
    private readonly settings: Pick<ActiveDirectoryProviderConfiguration, 'domain' | 'controllers' | 'dnsServers' | 'encryption'>,
  ) {
    if (settings.dnsServers.length > 0) this.#resolver.setServers(settings.dnsServers);
  }

  /** @throws DirectoryFault when there are none, or not in time */
  async find(within: Deadline, now = Date.now()): Promise<readonly LdapServer[]> {
    if (now < this.#goodUntil) return this.#known;
    this.#running ??= this.#renew().finally(() => {
      this.#running = undefined;
    });
    // What was good until now is better than a wait for a DNS that may be silent.
    if (this.#known.length === 0) await within.race(this.#running, () => new DirectoryFault('the DNS did not answer in time'));
    else this.#running.catch(() => {});
    return this.#known;
  }

  async #renew(): Promise<void> {
    try {
      this.#known = await this.#lookUp();
      this.#goodUntil = Date.now() + KEPT_MS;
    } catch (error) {
      if (this.#known.length === 0) throw new DirectoryFault(`the DNS does not tell its controllers: ${(error as Error).message}`);
      this.#goodUntil = Date.now() + RETRY_MS;
    }
  }

  /** @throws Error when there are none that can be reached */
  async #lookUp(): Promise<readonly LdapServer[]> {
    const { controllers, encryption, domain, dnsServers } = this.settings;
    const scheme = encryption === 'ldaps' ? 'ldaps' : 'ldap';
    const names = controllers.length > 0 ? controllers : await this.#announced(domain);
    const servers = names.map((name) => serverOf(`${scheme}://${name}`));
    if (dnsServers.length === 0) return servers;
    // The machine's own DNS may not know them. One that has gone without its name being taken out keeps nobody from the others.
    const found = await Promise.allSettled(
      servers.map(async (server) => (isIP(server.host) ? server : { ...server, host: await this.#addressOf(server.host) })),
    );
    const reachable = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (reachable.length === 0) throw new Error('it has no address for any of them');
    return reachable;
  }

  /** In the order of RFC 2782: by priority, and among equals at random, heavier ones sooner. */
  async #announced(domain: string): Promise<readonly string[]> {
    // The name is also what the certificate must show: one outside of the domain could be anybody's who can forge an answer.
    const records = (await srvRecords(this.#resolver, `_ldap._tcp.${domain}`)).filter(({ name }) => isWithin(name, domain));
    if (records.length === 0) throw new Error('it knows none in the domain; name others in controllers');
    return records
      .map(({ name, priority, weight }) => ({ name, priority, draw: Math.random() ** (1 / (weight + 1)) }))
      .sort((one, other) => one.priority - other.priority || other.draw - one.draw)
      .map(({ name }) => name);
  }

  async #addressOf(name: string): Promise<string> {
    const [address] = await this.#resolver.resolve4(name).catch(() => this.#resolver.resolve6(name));
    if (address === undefined) throw new Error(`it has no address for ${name}`);
    return address;
  }
}

/** Names of the DNS; a last dot means nothing. */
export const isWithin = (name: string, domain: string): boolean =>
  `.${name.toLowerCase().replace(/\.$/, '')}`.endsWith(`.${domain.toLowerCase()}`);
