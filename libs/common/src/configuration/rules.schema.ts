/** Settings of the rules that give roles and labels to whoever logs in. */
import { z } from 'zod';
import { isNetwork } from '../networks.js';

const texts = () => z.array(z.string().min(1).max(500)).min(1).max(1000).optional();
const additions = (text: string) => z.array(z.string().min(1).max(200)).max(100).default([]).describe(text);

/** An attribute, a claim or a header and what it must be; without `equals` and `startsWith` it must only be there. */
const named = (what: string, name: z.ZodString = z.string().min(1).max(100)) =>
  z.strictObject({
    name: name.describe(`Which ${what}.`),
    equals: z.string().max(2000).optional().describe('A value of it is exactly this.'),
    startsWith: z.string().min(1).max(2000).optional().describe('A value of it begins with this.'),
  });

/** What every request has, what only we say, and what must not be taken away from requests that come without a proxy. */
const OUR_HEADERS =
  /^(?:x-deskhand-|x-forwarded-|sec-|host$|cookie$|authorization$|origin$|content-|accept|connection$|upgrade$|x-trace-id$|if-)/i;
const headerName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9-]+$/, 'the name of a header')
  .refine((name) => !OUR_HEADERS.test(name), 'is a header that proxies do not set for this');

const isZone = (zone: string): boolean => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
};

const clock = (text: string) =>
  z
    .string()
    .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time like 08:30')
    .default('00:00')
    .describe(text);

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** What a condition looks at, each under its own key. */
const looks = {
  always: z.literal(true).optional().describe('Holds for everybody.'),
  provider: texts().describe('The id of the provider is one of these.'),
  group: texts().describe('The user is in one of these groups, by its whole name or its whole DN.'),
  attribute: named('attribute of a directory').optional().describe('An attribute of the user.'),
  claim: named('claim of an OAuth provider').optional().describe('A claim about the user.'),
  network: z
    .array(z.string().refine(isNetwork, 'is neither an IP address nor a network like 10.0.0.0/8'))
    .min(1)
    .max(1000)
    .optional()
    .describe('The address of the client is in one of these networks.'),
  header: named('header', headerName)
    .optional()
    .describe('A header of the request that one of `http.trustedProxies` set; from anybody else it does not count.'),
  time: z
    .strictObject({
      days: z
        .array(z.enum(WEEKDAYS))
        .min(1)
        .max(7)
        .default([...WEEKDAYS])
        .describe('On these days.'),
      from: clock('From then on.'),
      until: clock('Until then; where that is not after `from`, on the next day.'),
      zone: z
        .string()
        .max(100)
        .refine(isZone, 'must be a time zone like Europe/Paris')
        .default('UTC')
        .describe('By the clocks of this time zone.'),
    })
    .optional()
    .describe('The login is within these hours.'),
};

const condition = z
  .strictObject({ ...looks, expected: z.boolean().default(true).describe('`false`: it must not hold.') })
  .refine((one) => Object.keys(looks).filter((key) => one[key as keyof typeof looks] !== undefined).length === 1, {
    message: `must look at one of ${Object.keys(looks).join(', ')}, and at one only`,
  });

export const rulesSchema = z
  .array(
    z.strictObject({
      name: z.string().min(1).max(100).describe('What explanations call it.'),
      conditions: z.array(condition).min(1).max(50).describe('All of them together.'),
      expected: z.boolean().default(true).describe('`false`: it applies where not all of them are met.'),
      labels: additions('Added where it applies. Labels select desktop profiles and applications.'),
      roles: additions('Added where it applies. `admin` is an operator.'),
    }),
  )
  .max(1000);

export type Rule = z.infer<typeof rulesSchema>[number];
export type RuleCondition = Rule['conditions'][number];

/** Whether a rule looks at groups: a directory need not be asked for what nobody looks at. */
export const rulesAskForGroups = (rules: readonly Rule[]): boolean =>
  rules.some(({ conditions }) => conditions.some(({ group }) => group !== undefined));

/** Headers that rules look at, in lower case: only listed proxies may set them. */
export const headersOfRules = (rules: readonly Rule[]): readonly string[] => [
  ...new Set(rules.flatMap(({ conditions }) => conditions.flatMap(({ header }) => header?.name.toLowerCase() ?? []))),
];
