/** `npm run bans`: shows who is banned, bans and lifts, on the store of the running servers: they know within a second. */
import { isIP } from 'node:net';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { CONFIGURATION, type Configuration, DeskhandError, Networks, plainAddress } from '#libs/common';
import { EventStoreModule } from '#libs/event-sourcing';
import { type Ban, BanModule, BanSource, IdentityViews, LiftBan, networkOf, type Source } from '#libs/identity';
import type { Command } from './command.js';
import { withIdentity } from './with-identity.js';

export const USAGE = `npm run bans -- list [--json]
npm run bans -- ban WHOM [--hours N]
npm run bans -- lift WHOM

WHOM is one of
  --address ADDRESS              everybody of an IPv4 address or of the /64 of an IPv6 address
  --provider ID --account NAME   who logs in with that name, however they write it there
  --provider ID --subject ID     the user whom the provider knows by that id

A ban of an operator (24 hours) also ends sessions and what is open to desktops.
`;

const OPTIONS = {
  address: { type: 'string' },
  provider: { type: 'string' },
  account: { type: 'string' },
  subject: { type: 'string' },
  hours: { type: 'string', default: '24' },
  json: { type: 'boolean', default: false },
} satisfies ParseArgsOptionsConfig;

const HOUR_MS = 3_600_000;
const MOST_HOURS = 24 * 366 * 10;

/** @throws DeskhandError `INVALID_REQUEST`, and what the store has to say */
export const bans: Command = async (configuration, [what = '', ...args]) => {
  const values = valuesOf(args);
  switch (what) {
    case 'list':
      await withBans(configuration, async (_, views) => listOf(views.bans.all(), values.json));
      return 0;
    case 'ban': {
      const [source, until] = [await sourceOf(values, configuration), untilOf(values.hours)];
      refuseVain(source, values.address, configuration);
      const command = new BanSource(source, 'operator', new Date().toISOString(), until);
      await withBans(configuration, (bus) => bus.execute(command).then(() => `Banned until ${until}: ${nameOf(source)}.\n`));
      return 0;
    }
    case 'lift': {
      const source = await sourceOf(values, configuration);
      const { provider = '', subject } = values;
      // A user is banned as such by counting, and by the same id as an account by an operator.
      const sources: readonly Source[] = subject === undefined ? [source] : [source, { kind: 'user', provider, subject }];
      await withBans(configuration, async (bus) => {
        for (const each of sources) await bus.execute(new LiftBan(each, new Date().toISOString()));
        return `Not banned any more: ${nameOf(source)}.\n`;
      });
      return 0;
    }
    default:
      throw invalid('One of list, ban and lift is needed');
  }
};

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

async function sourceOf(
  { address, provider, account, subject }: ReturnType<typeof valuesOf>,
  configuration: Configuration,
): Promise<Source> {
  const given = [address, account, subject].filter((value) => value !== undefined);
  if (given.length !== 1) throw invalid('Exactly one of --address, --account and --subject is needed');
  if (address !== undefined) {
    if (isIP(plainAddress(address)) === 0) throw invalid('--address is no IP address');
    return { kind: 'address', network: networkOf(address) };
  }
  const ids = configuration.identity.providers.map(({ id }) => id);
  if (provider === undefined || !ids.includes(provider)) throw invalid(`--provider is one of ${ids.join(', ')}`);
  const name = subject ?? (await spellingOf(configuration, provider, account ?? ''));
  if (!name) throw invalid(`--account is no name of ${provider}; where people have no names, use --subject`);
  return { kind: 'account', provider, account: name };
}

/** As the provider itself spells the account that is meant: `DOMAIN\\user` and `user` may be one. */
const spellingOf = (configuration: Configuration, provider: string, username: string): Promise<string | undefined> =>
  withIdentity(configuration, async (providers) => providers.get(provider).provider.accountOf({ username }));

/** @throws DeskhandError `INVALID_REQUEST` for a ban that would hold for nobody: it must not look like one */
function refuseVain(source: Source, address: string | undefined, { identity, http }: Configuration): void {
  if (source.kind !== 'address' || address === undefined) return;
  const is = (networks: readonly string[]) => new Networks(networks).has(plainAddress(address));
  if (is(identity.attempts.protectedNetworks)) throw invalid(`${address} is of a protected network, which is never banned: ban an account`);
  if (is(http.trustedProxies)) throw invalid(`${address} is a listed proxy, which speaks for many: ban who comes through it`);
}

function untilOf(hours: string): string {
  const count = Number(hours);
  if (!(count > 0 && count <= MOST_HOURS)) throw invalid(`--hours is a number up to ${MOST_HOURS}`);
  return new Date(Date.now() + count * HOUR_MS).toISOString();
}

const nameOf = (source: Source): string =>
  source.kind === 'address' ? source.network : `${source.kind === 'user' ? source.subject : source.account} of ${source.provider}`;

function listOf(found: readonly Ban[], asJson: boolean): string {
  if (asJson) return `${JSON.stringify(found, null, 2)}\n`;
  if (found.length === 0) return 'Nobody is banned.\n';
  // What people typed as a name is shown as JSON: it may hold whatever a terminal obeys.
  return found.map(({ source, reason, until }) => `until ${until}  ${reason.padEnd(8)}  ${JSON.stringify(nameOf(source))}\n`).join('');
}

const invalid = (why: string) => new DeskhandError('INVALID_REQUEST', `${why}.\n\n${USAGE}`);

/** @throws DeskhandError `INVALID_REQUEST` for a store that no other process can open */
async function withBans(
  configuration: Configuration,
  work: (commands: CommandBus, views: IdentityViews) => Promise<string>,
): Promise<void> {
  if (configuration.store.kind === 'memory') throw invalid('A store in memory is of its server alone');
  const given = {
    module: Given,
    global: true,
    providers: [{ provide: CONFIGURATION, useValue: configuration }],
    exports: [CONFIGURATION],
  };
  const context = await NestFactory.createApplicationContext(
    { module: Bans, imports: [given, await EventStoreModule.with(configuration), BanModule] },
    { logger: false, abortOnError: false },
  );
  try {
    process.stdout.write(await work(context.get(CommandBus, { strict: false }), context.get(IdentityViews, { strict: false })));
  } finally {
    await context.close();
  }
}

@Module({})
class Given {}
@Module({})
class Bans {}
