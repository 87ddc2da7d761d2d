/** Which roles and labels somebody gets at a login, and why: every condition of every rule says what it found. Pure, with the time as data. */
import { Networks, type Rule, type RuleCondition } from '#libs/common';
import { isInGroup } from './group.js';
import type { Principal, ProviderKind } from './identity-provider.js';
import { describeWindow, isWithin } from './rules.time.js';

/** All that rules look at. */
export interface Facts extends Pick<Principal, 'groups' | 'attributes'> {
  /** Id of the provider. */
  readonly provider: string;
  readonly kind: ProviderKind;
  /** IP address of the client. */
  readonly address: string;
  /** Set by a listed proxy; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface ConditionOutcome {
  /** What was asked, in words. */
  readonly asked: string;
  /** What there was, in words. */
  readonly found: string;
  /** Whether it is as the rule expects. */
  readonly met: boolean;
}

export interface RuleOutcome {
  readonly rule: string;
  readonly applies: boolean;
  readonly conditions: readonly ConditionOutcome[];
  readonly labels: readonly string[];
  readonly roles: readonly string[];
}

type Look = (facts: Facts) => { readonly holds: boolean; readonly found: string };
interface Compiled {
  readonly asked: string;
  readonly look: Look;
}

const MOST_SHOWN = 20;

export class Rules {
  readonly #rules: readonly (Rule & { readonly compiled: readonly Compiled[] })[];

  constructor(rules: readonly Rule[]) {
    this.#rules = rules.map((rule) => ({ ...rule, compiled: rule.conditions.map(compile) }));
  }

  /** Every rule, in order. */
  explain(facts: Facts): readonly RuleOutcome[] {
    return this.#rules.map(({ name, conditions, compiled, expected, labels, roles }) => {
      const outcomes = compiled.map(({ asked, look }, index) => {
        const { holds, found } = look(facts);
        const isExpected = conditions[index]?.expected ?? true;
        return { asked: isExpected ? asked : `not: ${asked}`, found, met: holds === isExpected };
      });
      const applies = outcomes.every(({ met }) => met) === expected;
      return { rule: name, applies, conditions: outcomes, labels: applies ? labels : [], roles: applies ? roles : [] };
    });
  }

  /** The user with what the rules add to what the provider gives. */
  applyTo(principal: Principal, facts: Omit<Facts, 'groups' | 'attributes'>): Principal {
    const outcomes = this.explain({ ...facts, groups: principal.groups, attributes: principal.attributes });
    const added = (what: 'roles' | 'labels') => [...new Set([...principal[what], ...outcomes.flatMap((outcome) => outcome[what])])];
    return { ...principal, roles: added('roles'), labels: added('labels') };
  }
}

function compile({ always, provider, group, attribute, claim, network, header, time }: RuleCondition): Compiled {
  if (provider)
    return { asked: `provider is ${oneOf(provider)}`, look: (facts) => seen(provider.includes(facts.provider), facts.provider) };
  if (group)
    return {
      asked: `in the group ${oneOf(group)}`,
      look: ({ groups }) =>
        seen(
          group.some((one) => isInGroup(groups, one)),
          shown(groups),
        ),
    };
  if (attribute)
    return {
      asked: wish('attribute', attribute),
      look: (facts) => fitOf(attribute, facts.kind === 'oauth2' ? [] : valuesOf(facts, attribute.name)),
    };
  if (claim)
    return {
      asked: wish('claim', claim),
      look: (facts) => fitOf(claim, facts.kind === 'oauth2' ? (ownOf(facts.attributes, claim.name) ?? []) : []),
    };
  if (network) {
    const networks = new Networks(network);
    return { asked: `address in ${oneOf(network)}`, look: ({ address }) => seen(networks.has(address), address) };
  }
  if (header) {
    const name = header.name.toLowerCase();
    return { asked: wish('header', header), look: ({ headers }) => fitOf(header, [ownOf(headers, name) ?? []].flat()) };
  }
  if (time) return { asked: describeWindow(time), look: ({ at }) => seen(isWithin(time, at), new Date(at).toISOString()) };
  return { asked: 'everybody', look: () => seen(always === true, 'everybody') };
}

interface Wish {
  readonly name: string;
  readonly equals?: string | undefined;
  readonly startsWith?: string | undefined;
}

const wish = (what: string, { name, equals, startsWith }: Wish): string =>
  [
    `${what} ${name}`,
    ...(equals === undefined ? [] : [`is "${equals}"`]),
    ...(startsWith === undefined ? [] : [`begins with "${startsWith}"`]),
  ].join(' ');

/** One value that fits both: not one for each. */
function fitOf({ equals, startsWith }: Wish, values: readonly string[]): ReturnType<Look> {
  const fits = (value: string) => (equals === undefined || value === equals) && (startsWith === undefined || value.startsWith(startsWith));
  return seen(values.some(fits), shown(values));
}

const ownOf = <Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined;

/** Directories write the names of attributes in any case. */
const valuesOf = ({ attributes }: Facts, name: string): readonly string[] =>
  Object.entries(attributes).flatMap(([key, values]) => (key.toLowerCase() === name.toLowerCase() ? values : []));

const seen = (holds: boolean, found: string) => ({ holds, found });

const oneOf = (texts: readonly string[]): string => texts.map((text) => `"${text}"`).join(' or ');

function shown(texts: readonly string[]): string {
  if (texts.length === 0) return 'nothing';
  const more = texts.length > MOST_SHOWN ? ` and ${texts.length - MOST_SHOWN} more` : '';
  return texts.slice(0, MOST_SHOWN).join('; ') + more;
}
