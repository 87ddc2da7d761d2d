/** Reads the agent's configuration file; checked by hand, because a schema library would cost the start of every desktop its loading time. */
import { readFileSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { DeskhandError } from '#libs/common';
import { isControl } from './untrusted-text.js';

/** As host to listen on: every address of the machine, of either version of IP. */
export const ANY_ADDRESS = '*';

export interface AgentConfiguration {
  readonly desktop: string;
  readonly run: number;
  /** {@link ANY_ADDRESS} or an address; port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Where to say, once listening, on which address. */
  readonly addressFile?: string;
  /** 32 bytes, base64url. */
  readonly secretFile: string;
  /** Started as root: whom to become before anything of the desktop runs. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** An X authority file that was made by the caller; absent: one is made in `folder`. */
  readonly authorityFile?: string;
  /** Where to say why it ended, beside the file in `folder`: written in place, because it may be a mount of its own. */
  readonly failureFile?: string;
  /** Number of the display; absent: a free one. */
  readonly displayNumber?: number;
  /** Whether the X server listens on TCP too, for applications elsewhere that have its key; not by default. */
  readonly listenTcp?: boolean;
  /** Private folder of this run: sockets, X authority, failure.json. */
  readonly folder: string;
  readonly home: string;
  readonly userName: string;
  /** First size of the display in pixels. */
  readonly width: number;
  readonly height: number;
  /** IANA name. */
  readonly timezone?: string;
  /** BCP 47. */
  readonly locale?: string;
}

type Check = (value: unknown) => string | undefined;

const text =
  (pattern: RegExp, wanted: string): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? undefined : `must be ${wanted}`;
const whole =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `must be a whole number of ${least} to ${most}`;
const path: Check = (value) =>
  typeof value === 'string' && isAbsolute(value) && !value.includes('\0') ? undefined : 'must be an absolute path';
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined ? undefined : check(value);
const listen: Check = (value) => {
  const { host, port, ...rest } = (value ?? {}) as Record<string, unknown>;
  if (typeof host !== 'string' || host === '' || Object.keys(rest).length > 0) return 'must be {host, port}';
  return whole(0, 65_535)(port);
};

const user: Check = (value) => {
  const { uid, gid, ...rest } = (value ?? {}) as Record<string, unknown>;
  if (Object.keys(rest).length > 0) return 'must be {uid, gid}';
  return whole(1, 2 ** 32 - 2)(uid) ?? whole(1, 2 ** 32 - 2)(gid);
};

const checks: Readonly<Record<keyof AgentConfiguration, Check>> = {
  desktop: text(/^[A-Za-z0-9._-]{1,100}$/, 'an id'),
  run: whole(0, Number.MAX_SAFE_INTEGER),
  listen,
  addressFile: optional(path),
  secretFile: path,
  user: optional(user),
  authorityFile: optional(path),
  failureFile: optional(path),
  displayNumber: optional(whole(0, 59_000)),
  listenTcp: (value) => (value === undefined || typeof value === 'boolean' ? undefined : 'must be true or false'),
  folder: path,
  home: path,
  userName: (value) =>
    typeof value === 'string' && /^[^/:]{1,64}$/.test(value) && ![...value].some(isControl)
      ? undefined
      : 'must be a name without slash and colon',
  width: whole(1, 16_384),
  height: whole(1, 16_384),
  timezone: optional(text(/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+){0,3}$/, 'a time zone such as Europe/Paris')),
  locale: optional(text(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}$/, 'a language tag such as fr-FR')),
};

const invalid = (detail: string): DeskhandError => new DeskhandError('CONFIGURATION_INVALID', detail);

/** @throws DeskhandError `CONFIGURATION_INVALID`, one sentence that names every field at fault */
export function parseAgentConfiguration(source: string): AgentConfiguration {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    throw invalid('The configuration of the desktop is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('The configuration of the desktop is not a JSON object.');
  const fields = value as Record<string, unknown>;
  const faults = Object.entries(checks).flatMap(([name, check]) => {
    const fault = check(fields[name]);
    return fault === undefined ? [] : [`${name} ${fault}`];
  });
  for (const name of Object.keys(fields)) if (!Object.hasOwn(checks, name)) faults.push(`${name.slice(0, 40)} is not a setting`);
  if (faults.length > 0) throw invalid(`The configuration of the desktop is not valid: ${faults.join('; ')}.`);
  return value as AgentConfiguration;
}

/** Reads the file and makes sure that the folders it names are there. */
export function readAgentConfiguration(file: string): AgentConfiguration {
  const configuration = parseAgentConfiguration(read(file));
  for (const name of ['folder', 'home'] as const)
    if (!statSync(configuration[name], { throwIfNoEntry: false })?.isDirectory())
      throw invalid(`The folder ${configuration[name]} (${name}) is not there.`);
  return configuration;
}

/** @returns the 32 bytes that prove who may call */
export function readSecret(file: string): Buffer {
  const secret = Buffer.from(read(file).trim(), 'base64url');
  if (secret.length !== 32) throw invalid(`The file ${file} does not hold 32 bytes in base64url.`);
  return secret;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(`The file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}
