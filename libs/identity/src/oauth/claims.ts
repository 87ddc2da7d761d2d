/** Makes of what a provider says, in its own words, the one shape that every provider's users have. Pure. */
import type { Principal } from '../identity-provider.js';
import type { Claims } from './oauth-service.js';

/** Which claim tells what; a dot leads into an object. */
export interface ClaimNames {
  readonly subject: string;
  readonly name: string;
  readonly mail: string;
  readonly groups: string;
}

/** OpenID Connect's own limit of a `sub`. */
const LONGEST_SUBJECT = 255;
const LONGEST_TEXT = 1_000;
const LONGEST_NAME = 200;
const MOST_ATTRIBUTES = 200;
const MOST_VALUES = 1_000;
/** About the token, not about its owner. */
const NOT_ABOUT_THE_USER = new Set([
  'nonce',
  'at_hash',
  'c_hash',
  's_hash',
  'exp',
  'iat',
  'nbf',
  'auth_time',
  'jti',
  'sid',
  'azp',
  'aud',
  'iss',
]);

/** @returns undefined without a subject: then it is nobody */
export function principalOf(claims: Claims, names: ClaimNames): Principal | undefined {
  const subject = subjectOf(valueAt(claims, names.subject));
  if (subject === undefined || subject.length > LONGEST_SUBJECT || /\p{Cc}/u.test(subject)) return undefined;
  const mail = textOf(valueAt(claims, names.mail));
  // "true", 1 and absence are what an unproved address looks like where somebody meant well.
  const isProved = claims.email_verified === true;
  return {
    subject,
    name: nameOf(claims, names, mail) ?? subject,
    ...(mail !== undefined && isProved ? { mail } : {}),
    groups: textsOf(valueAt(claims, names.groups)),
    // An address that anybody may have claimed is nothing to decide by.
    attributes: attributesOf(claims, isProved ? [] : ['email', names.mail]),
    roles: [],
    labels: [],
  };
}

/** A number beyond what JSON's readers keep apart could be two people's; `true` would be everybody's. */
function subjectOf(value: unknown): string | undefined {
  return typeof value === 'string' || Number.isSafeInteger(value) ? textOf(value) : undefined;
}

function nameOf(claims: Claims, names: ClaimNames, mail: string | undefined): string | undefined {
  const parts = [claims.given_name, claims.family_name].flatMap((part) => textOf(part) ?? []).join(' ');
  const candidates = [textOf(valueAt(claims, names.name)), parts, textOf(claims.preferred_username), mail];
  const readable = candidates.map((candidate) => candidate?.replaceAll(/\p{C}/gu, '').trim().slice(0, LONGEST_NAME));
  return readable.find((candidate) => candidate !== undefined && candidate !== '');
}

function valueAt(claims: Claims, path: string): unknown {
  // A claim of exactly this name first: names of claims may be addresses, with dots in them.
  if (Object.hasOwn(claims, path)) return claims[path];
  return path.split('.').reduce<unknown>((value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined), claims);
}

function attributesOf(claims: Claims, unproved: readonly string[]): Record<string, readonly string[]> {
  const told = Object.entries(claims).filter(([name]) => !NOT_ABOUT_THE_USER.has(name));
  const flat = told.flatMap(([name, value]) => flattened(name, value)).filter(([name]) => !unproved.includes(name));
  return Object.fromEntries(flat.slice(0, MOST_ATTRIBUTES));
}

function flattened(name: string, value: unknown): [string, readonly string[]][] {
  if (isObject(value)) return Object.entries(value).flatMap(([key, child]) => (isObject(child) ? [] : flattened(`${name}.${key}`, child)));
  const texts = textsOf(value);
  return texts.length > 0 ? [[name, texts]] : [];
}

const isObject = (value: unknown): value is Claims => typeof value === 'object' && value !== null && !Array.isArray(value);

function textOf(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  return typeof text === 'string' && text !== '' && text.length <= LONGEST_TEXT ? text : undefined;
}

const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).slice(0, MOST_VALUES).flatMap((one) => textOf(one) ?? []);
