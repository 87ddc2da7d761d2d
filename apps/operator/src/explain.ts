/** Shows what the rules make of a user: looks the user up as far as the provider can, takes the rest from the command line, and names what each rule found. */
import { isIP } from 'node:net';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { type Configuration, DeskhandError } from '#libs/common';
import type { Acquaintance, Facts, IdentityProvider, Obstacle, RuleOutcome } from '#libs/identity';
import { withIdentity } from './with-identity.js';

export const USAGE = `npm run identity -- explain --provider ID --user NAME [what is not in the directory] [--json]

  --group NAME            a group of the user; again for more
  --attribute NAME=VALUE  an attribute or a claim of the user; again for more
  --address ADDRESS       where the login comes from (127.0.0.1)
  --header NAME=VALUE     a header that a listed proxy sets; again for more
  --at TIME               when, such as 2026-11-24T09:30:00Z (now)

A provider that cannot look (OAuth, anonymous) knows nobody by name: say what it would tell.
`;

const OPTIONS = {
  provider: { type: 'string' },
  user: { type: 'string' },
  group: { type: 'string', multiple: true, default: [] as string[] },
  attribute: { type: 'string', multiple: true, default: [] as string[] },
  header: { type: 'string', multiple: true, default: [] as string[] },
  address: { type: 'string', default: '127.0.0.1' },
  at: { type: 'string' },
  json: { type: 'boolean', default: false },
} satisfies ParseArgsOptionsConfig;

const REASONS: Readonly<Record<Obstacle, string>> = {
  ACCOUNT_DISABLED: 'the account is disabled',
  ACCOUNT_EXPIRED: 'the account has expired',
  UNIDENTIFIED: 'the attribute that tells accounts apart is missing, or may not be read',
  FILTERED_OUT: 'allow.filter leaves the account out',
  IN_NO_ALLOWED_GROUP: 'it is in no group of allow.groups',
  GROUPS_UNKNOWN: 'the provider does not tell all of its groups',
};

type Asked = ReturnType<typeof read>;

/** @throws DeskhandError `INVALID_REQUEST`, `UNKNOWN_PROVIDER`, `PROVIDER_UNAVAILABLE` */
export async function explain(configuration: Configuration, args: readonly string[]): Promise<string> {
  const asked = read(args);
  return withIdentity(configuration, async (providers, rules) => {
    const { provider, gate } = providers.get(asked.provider);
    const { acquaintance, facts } = await gate.ask(() => factsOf(provider, asked));
    const known = acquaintance?.principal;
    const outcomes = rules.explain(facts);
    const sum = (what: 'labels' | 'roles') => [...new Set([...(known?.[what] ?? []), ...outcomes.flatMap((outcome) => outcome[what])])];
    const answer = {
      provider: provider.id,
      user: asked.user,
      looked: known !== undefined,
      /** Undefined where only a login could tell. */
      mayLogIn: acquaintance && acquaintance.obstacles.length === 0,
      obstacles: acquaintance?.obstacles ?? [],
      facts,
      rules: outcomes,
      labels: sum('labels'),
      roles: sum('roles'),
    };
    return asked.json ? `${JSON.stringify(answer, null, 2)}\n` : textOf(answer, known);
  });
}

async function factsOf(provider: IdentityProvider, { user, group, attributes, headers, address, at }: Asked) {
  const acquaintance = await provider.lookUp?.(user);
  if (provider.lookUp && !acquaintance) throw invalid(`${provider.id} knows nobody called ${user}`);
  const known = acquaintance?.principal;
  const facts: Facts = {
    provider: provider.id,
    kind: provider.kind,
    groups: [...(known?.groups ?? []), ...group],
    attributes: { ...known?.attributes, ...attributes },
    address,
    headers: Object.fromEntries(Object.entries(headers).map(([name, values]) => [name.toLowerCase(), values.join(', ')])),
    at,
  };
  return { acquaintance, facts };
}

function read(args: readonly string[]) {
  const { values } = parsed(args);
  const { provider, user, group, attribute, header, address, json } = values;
  const at = values.at === undefined ? Date.now() : Date.parse(values.at);
  if (provider === undefined || user === undefined) throw invalid('--provider and --user are needed');
  if (Number.isNaN(at)) throw invalid('--at is no time');
  if (isIP(address) === 0) throw invalid('--address is no IP address');
  return { provider, user, group, attributes: pairs(attribute), headers: pairs(header), address, json, at };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false });
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

function pairs(texts: readonly string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const text of texts) {
    const [name = '', ...value] = text.split('=');
    if (name === '' || value.length === 0) throw invalid(`${text} is not NAME=VALUE`);
    found[name] = [...(found[name] ?? []), value.join('=')];
  }
  return found;
}

const invalid = (why: string) => new DeskhandError('INVALID_REQUEST', `${why}.\n\n${USAGE}`);

interface Answer {
  readonly provider: string;
  readonly user: string;
  readonly obstacles: readonly Obstacle[];
  readonly facts: Facts;
  readonly rules: readonly RuleOutcome[];
  readonly labels: readonly string[];
  readonly roles: readonly string[];
}

function textOf({ provider, user, obstacles, facts, rules, labels, roles }: Answer, known: Acquaintance['principal'] | undefined): string {
  const list = (texts: readonly string[]) => (texts.length > 0 ? texts.join(', ') : 'none');
  const head = known
    ? [
        `${user} of ${provider} is ${known.name}`,
        `  labels of the provider: ${list(known.labels)}`,
        `  roles of the provider: ${list(known.roles)}`,
      ]
    : [`${user} of ${provider}, which cannot be asked: only what the command line says`];
  const refused = obstacles.map((obstacle) => `  may not log in: ${REASONS[obstacle]}`);
  const told = rules.flatMap(({ rule, applies, conditions, ...added }) => [
    '',
    `${applies ? 'applies' : 'does not apply'}: ${rule}`,
    ...conditions.map(({ asked, found, met }) => `  ${met ? 'met    ' : 'not met'}  ${asked} (there is: ${found})`),
    ...(applies ? [`  adds labels: ${list(added.labels)}; roles: ${list(added.roles)}`] : []),
  ]);
  return [...head, ...refused, `  groups: ${list(facts.groups)}`, ...told, '', `labels: ${list(labels)}`, `roles: ${list(roles)}`, ''].join(
    '\n',
  );
}
