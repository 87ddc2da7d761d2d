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
  keytab: 'krb5.keytab',
};

type Maker = (principal: Principal, password: string | undefined) => string | Uint8Array | undefined | Promise<Uint8Array | undefined>;

const MAKERS: Readonly<Record<LoginFile, Maker>> = {
  ldif: (principal) => ldifOf(principal),
  passwd: (principal) => passwdOf(principal),
  credentials: (principal, password) => credentialsOf(principal, password),
  keytab: async ({ kerberos }, password) => (kerberos && password ? makeKeytab(kerberos, password) : undefined),
};

/** Those that can be made of what is known: a login without a password makes none that need it. */
export async function makeDesktopFiles(
  wanted: ReadonlySet<LoginFile>,
  principal: Principal,
  password: string | undefined,
): Promise<DesktopFiles> {
  const made = await Promise.all([...wanted].map(async (kind) => [NAMES[kind], await MAKERS[kind](principal, password)] as const));
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

/** As mount.cifs(8) reads it; davfs2, which wants the place of the mount as well, does not. A line break in it would be another setting. */
function credentialsOf(principal: Principal, password: string | undefined): string | undefined {
  const name = first(principal, 'sAMAccountName', 'uid');
  if (!name || !password || /[\r\n]/.test(name + password)) return undefined;
  return [`username=${name}`, `password=${password}`, ...(principal.kerberos ? [`domain=${principal.kerberos.realm}`] : []), ''].join('\n');
}
