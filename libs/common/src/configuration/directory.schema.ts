/** How directories are asked who somebody is: the settings of the kinds `ldap` and `activedirectory`. */
import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';

const text = (meaning: string) => z.string().min(1).max(1000).describe(meaning);
const texts = (meaning: string) => z.array(z.string().min(1).max(1000)).max(1000).default([]).describe(meaning);
const id = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and dashes');
const ATTRIBUTE = /^[A-Za-z][A-Za-z0-9;-]{0,99}$/;
const attribute = (fallback: string, meaning: string) =>
  z.string().regex(ATTRIBUTE, 'the name of an attribute').default(fallback).describe(meaning);
const scope = z.enum(['sub', 'one']).default('sub').describe('`sub`: everything below the base; `one`: only right below it.');

/** Balanced, and nothing outside the outermost pair; the rest is checked by the client's own parser at start. */
function isFilter(value: string): boolean {
  let depth = 0;
  for (const [index, character] of [...value].entries()) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (depth < 0 || (depth === 0 && index < value.length - 1)) return false;
  }
  return depth === 0 && value.startsWith('(');
}
const filter = () => z.string().max(2000).refine(isFilter, 'is not an LDAP filter such as (uid={{username}})');

/** `{{...}}` of a template that nothing is put into. */
function strayPlaceholder(template: string, isKnown: (name: string) => boolean): string | undefined {
  return [...template.matchAll(/\{\{(.*?)(?:\}\}|$)/gs)].find(([whole, name = '']) => !whole.endsWith('}}') || !isKnown(name))?.[0];
}

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?$/;
/** Of a name or an address (IPv6 in brackets), with a port or without. */
function isHost(value: string): boolean {
  const [, port = '1'] = HOST.exec(value) ?? [];
  return HOST.test(value) && Number(port) > 0 && URL.canParse(`ldap://${value}`);
}
const url = z.string().refine((value) => /^ldaps?:\/\//.test(value) && isHost(value.replace(/^ldaps?:\/\//, '')), {
  message: 'is not ldaps://host, ldaps://host:port or ldap://host:port',
});

/** As Node's resolver takes it: a name would have to be looked up first. */
function isDnsServer(value: string): boolean {
  const [, six = value, four = value, port = '53'] = /^(?:\[(.+)\]|([\d.]+)):(\d{1,5})$/.exec(value) ?? [];
  return (isIPv6(six.replace(/^\[(.+)\]$/, '$1')) || isIPv4(four)) && Number(port) > 0 && Number(port) <= 65_535;
}

const caFile = z
  .string()
  .min(1)
  .max(4096)
  .meta({ path: true })
  .optional()
  .describe('PEM file of the authorities that vouch for the servers; by default those of the machine.');

const common = {
  id: id.describe('Never change it: it is part of every identity.'),
  displayName: z.string().min(1).max(100).describe('What the login page calls it.'),
  caFile,
  timeoutMs: z.int().min(100).max(60_000).default(5000).describe('Longest time that a login waits for the directory. Milliseconds.'),
  connections: z.int().min(1).max(100).default(8).describe('How many logins ask the directory at once; others wait for their turn.'),
  allow: z
    .strictObject({
      groups: texts('Only who is in one of these groups may enter, each by its whole name or DN; empty: everybody.'),
      filter: filter()
        .refine((value) => !value.includes('{{'), 'has no placeholders: it is the same for everybody')
        .optional()
        .describe('Only accounts that this filter finds may enter, such as `(!(nsAccountLock=TRUE))`.'),
    })
    .prefault({}),
};

export const ldapProvider = z
  .strictObject({
    kind: z.literal('ldap').describe('An LDAP directory.'),
    ...common,
    urls: z.array(url).min(1).max(10).describe('Its servers: whichever fails, the next one is asked.'),
    startTls: z.boolean().default(false).describe('Encrypts ldap:// connections before anything is sent.'),
    allowPlainText: z.boolean().default(false).describe('Passwords may cross the network unencrypted (never on loopback).'),
    client: z
      .enum(['ldapts', 'passport-ldapauth'])
      .default('ldapts')
      .describe(
        'Library that proves passwords: passport-ldapauth opens two connections for each login and can neither StartTLS nor direct binds.',
      ),
    service: z
      .strictObject({ dn: text('Who searches.'), password: text('Name a file by `file:`.') })
      .optional()
      .describe('Account that may search; without it the directory is searched anonymously, or not at all where `user.bindDn` is set.'),
    user: z.strictObject({
      base: text('Where accounts are.'),
      filter: filter().default('(uid={{username}})').describe('Finds one account by what was typed.'),
      scope,
      bindDn: text('Direct bind: the DN of whoever logs in, such as `uid={{username}},ou=people,dc=example,dc=com`.').optional(),
      subject: attribute('entryUUID', 'What is never given to somebody else.'),
      name: attribute('cn', 'What people see.'),
      mail: attribute('mail', 'Mail address.'),
      attributes: texts('Other attributes that rules look at; those of posixAccount always come.'),
    }),
    groups: z
      .strictObject({
        base: text('Where groups are; without it nobody is in one.').optional(),
        filter: filter()
          .default('(member={{dn}})')
          .describe('Finds the groups of an account by its DN or one of its attributes, such as `(memberUid={{uid}})`.'),
        scope,
        name: attribute('cn', 'What rules call a group, beside its DN.'),
      })
      .prefault({}),
  })
  .check(({ value, issues }) => {
    const fault = (path: (string | number)[], message: string): void => {
      issues.push({ code: 'custom', path, message, input: undefined });
    };
    value.urls.forEach((one, index) => {
      const isPlain = one.startsWith('ldap://');
      if (isPlain && !value.startTls && !value.allowPlainText && !isLoopback(one))
        fault(['urls', index], 'would send passwords unencrypted: use ldaps:// or startTls, or set allowPlainText');
      if (!isPlain && value.startTls) fault(['urls', index], 'is encrypted already: startTls is for ldap://');
    });
    const direct = value.user.bindDn;
    if (direct === undefined && !value.user.filter.includes('{{username}}')) fault(['user', 'filter'], 'lacks {{username}}');
    if (direct !== undefined && !/=\{\{username\}\}(?:,|$)/.test(direct)) fault(['user', 'bindDn'], 'lacks a part like uid={{username}}');
    for (const key of ['filter', 'bindDn'] as const) {
      const stray = strayPlaceholder(value.user[key] ?? '', (name) => name === 'username');
      if (stray !== undefined) fault(['user', key], `has ${stray}: only {{username}} is known before the account is found`);
    }
    const stray = strayPlaceholder(value.groups.filter, (name) => name !== 'username' && ATTRIBUTE.test(name));
    if (stray !== undefined)
      fault(['groups', 'filter'], `has ${stray}: use {{dn}} or an attribute of the account that was found, such as {{uid}}`);
    if (value.client === 'passport-ldapauth' && (value.startTls || direct !== undefined))
      fault(['client'], 'passport-ldapauth can neither startTls nor user.bindDn; use ldapts');
  });

const isLoopback = (value: string): boolean => /^ldap:\/\/(?:127\.|localhost(?::|$)|\[::1\])/.test(value);

export const activeDirectoryProvider = z.strictObject({
  kind: z.literal('activedirectory').describe('A Microsoft Active Directory or Samba domain; always encrypted.'),
  ...common,
  domain: z
    .string()
    .max(253)
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'the DNS name of a domain')
    .describe('DNS name of the domain, such as `ad.example.com`.'),
  netbiosName: text('What stands before the backslash of `DOMAIN\\user`; by default the first part of the domain.').optional(),
  upnSuffixes: texts('What may stand behind the @ beside the domain.'),
  controllers: z
    .array(z.string().refine(isHost, 'is not a host or host:port'))
    .max(20)
    .default([])
    .describe('Domain controllers; by default those that the DNS names for the domain.'),
  dnsServers: z
    .array(z.string().refine(isDnsServer, 'is not an address such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353'))
    .max(20)
    .default([])
    .describe('Addresses of the DNS servers that know the domain; by default those of the machine.'),
  encryption: z.enum(['ldaps', 'starttls']).default('ldaps').describe('`ldaps`: port 636; `starttls`: port 389.'),
  service: z
    .strictObject({ name: text('Who searches: `user@domain`, `DOMAIN\\user` or a DN.'), password: text('Name a file by `file:`.') })
    .describe('Account that may search.'),
  base: text('Where accounts are; by default the whole domain.').optional(),
  attributes: texts('Other attributes that rules look at.'),
});

export type LdapProviderConfiguration = z.infer<typeof ldapProvider>;
export type ActiveDirectoryProviderConfiguration = z.infer<typeof activeDirectoryProvider>;
