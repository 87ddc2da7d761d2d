/** Makes, at login, the files that programs of a desktop need of whoever logs in: their account, and what opens other doors for them. */
import type { ProfileConfiguration } from '#libs/common';
import type { Principal } from './identity-provider.js';
import { makeKeytab } from './kerberos.js';

export type LoginFile = ProfileConfiguration['loginFiles'][number];
/** By name. Secret. */
export type DesktopFiles = Readonly<Record<string, Uint8Array>>;

const NAMES: Readonly<Record<LoginFile, string>> = {
  ldif: 'account.ldif',
  passwd: 'passwd',
  credentials: 'credentials',
  davfs2: 'davfs2.secrets',
  keytab: 'krb5.keytab',
};

/** What the files are for. */
export interface FilesOrder {
  readonly kinds: ReadonlySet<LoginFile>;
  /** Addresses and mount points of WebDAV. */
  readonly webdav: readonly string[];
}

type Maker = (
  principal: Principal,
  password: string | undefined,
  webdav: readonly string[],
) => string | Uint8Array | undefined | Promise<Uint8Array | undefined>;

const MAKERS: Readonly<Record<LoginFile, Maker>> = {
  ldif: (principal) => ldifOf(principal),
  passwd: (principal) => passwdOf(principal),
  credentials: (principal, password) => credentialsOf(principal, password),
  davfs2: davfs2Of,
  keytab: async ({ kerberos }, password) => (kerberos && password ? makeKeytab(kerberos, password) : undefined),
};

/** Those that can be made of what is known: a login without a password makes none that need it. */
export async function makeDesktopFiles(
  { kinds, webdav }: FilesOrder,
  principal: Principal,
  password: string | undefined,
): Promise<DesktopFiles> {
  const made = await Promise.all([...kinds].map(async (kind) => [NAMES[kind], await MAKERS[kind](principal, password, webdav)] as const));
  return Object.fromEntries(made.flatMap(([name, content]) => (content === undefined ? [] : [[name, Buffer.from(content)]])));
}

export const pick = (files: DesktopFiles, wanted: readonly LoginFile[]): DesktopFiles =>
  Object.fromEntries(wanted.flatMap((kind) => (files[NAMES[kind]] === undefined ? [] : [[NAMES[kind], files[NAMES[kind]] as Uint8Array]])));

const first = ({ attributes }: Principal, ...names: readonly string[]): string | undefined =>
  names.map((name) => attributes[name]?.[0]).find((value) => value !== undefined);

/** RFC 2849; whatever is not plain is written in base64. */
function ldifOf({ attributes }: Principal): string | undefined {
  const [dn] = attributes.dn ?? [];
  if (dn === undefined) return undefined;
  const line = (name: string, value: string) =>
    /^[!-9;=-~][ -~]*$/.test(value) && !value.endsWith(' ') ? `${name}: ${value}` : `${name}:: ${Buffer.from(value).toString('base64')}`;
  const others = Object.entries(attributes).filter(([name]) => name !== 'dn');
  return `${[line('dn', dn), ...others.flatMap(([name, values]) => values.map((value) => line(name, value)))].join('\n')}\n`;
}

/** A line of passwd(5), for accounts that are POSIX accounts. */
function passwdOf(principal: Principal): string | undefined {
  const [name, uid, gid] = [first(principal, 'uid', 'sAMAccountName'), first(principal, 'uidNumber'), first(principal, 'gidNumber')];
  const home = first(principal, 'homeDirectory', 'unixHomeDirectory');
  if (!name || !/^\d{1,10}$/.test(uid ?? '') || !/^\d{1,10}$/.test(gid ?? '') || !home) return undefined;
  const fields = [name, 'x', uid, gid, first(principal, 'gecos') ?? principal.name, home, first(principal, 'loginShell') ?? '/bin/sh'];
  return `${fields.map((field) => String(field).replaceAll(/[:\p{C}]/gu, '_')).join(':')}\n`;
}

/** As mount.cifs(8) reads it. A line break in it would be another setting. */
function credentialsOf(principal: Principal, password: string | undefined): string | undefined {
  const name = first(principal, 'sAMAccountName', 'uid');
  if (!name || !password || /[\r\n]/.test(name + password)) return undefined;
  return [`username=${name}`, `password=${password}`, ...(principal.kerberos ? [`domain=${principal.kerberos.realm}`] : []), ''].join('\n');
}

/** As mount.davfs(8) reads it, a line for each place. What would end a line or a word of it, escaped or not, fits in none. */
function davfs2Of(principal: Principal, password: string | undefined, webdav: readonly string[]): string | undefined {
  const name = first(principal, 'sAMAccountName', 'uid');
  if (!name || !password || webdav.length === 0 || /[\0\n\v\f\r]/.test(name + password)) return undefined;
  return webdav.map((place) => `${[place, name, password].map(escapeWord).join(' ')}\n`).join('');
}

/** davfs2.conf(5). */
const escapeWord = (text: string): string => text.replaceAll(/[ \t#"\\]/g, '\\$&');
