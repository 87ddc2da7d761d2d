/** The one configuration file's shape. docs/configuration.md is generated from it, so every setting says here what it means. */
import { z } from 'zod';
import { isNetwork } from '../networks.js';
import { activeDirectoryProvider, ldapProvider } from './directory.schema.js';
import { gatewaySchema } from './gateway.schema.js';
import { kubernetesRuntimeSchema, podOverridesSchema } from './kubernetes.schema.js';
import { findOAuthFaults, isPrivateLine, oauthProviderSchema } from './oauth.schema.js';
import { findPodFaults } from './pod-settings.faults.js';
import { rulesSchema } from './rules.schema.js';

const milliseconds = (fallback: number, text: string) => z.int().min(1).max(86_400_000).default(fallback).describe(`${text} Milliseconds.`);
const seconds = (fallback: number, text: string) => z.int().min(1).max(31_536_000).default(fallback).describe(`${text} Seconds.`);
const name = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and dashes');
/** A file or folder of this machine; a relative one in the configuration file starts at that file's folder. */
const path = () => z.string().min(1).max(4096).meta({ path: true });
const names = (text: string) => z.array(z.string().min(1).max(200)).max(1000).default([]).describe(text);
const networks = (text: string) =>
  z
    .array(z.string().max(100).refine(isNetwork, 'is neither an IP address nor a network like 10.0.0.0/8'))
    .max(1000)
    .default([])
    .describe(text);

const localProvider = z.strictObject({
  kind: z.literal('local').describe('Names and passwords of a file.'),
  id: name.describe('Never change it: it is part of every identity.'),
  displayName: z.string().min(1).max(100).describe('What the login page calls it.'),
  accountsFile: path().describe('YAML file of accounts with argon2id hashes.'),
  demo: z.boolean().default(false).describe('The accounts are public: the login page says so, and logins work on loopback only.'),
});

const anonymousProvider = z.strictObject({
  kind: z.literal('anonymous').describe('Nobody is asked for a name; each login is somebody new.'),
  id: name.describe('Never change it: it is part of every identity.'),
  displayName: z.string().min(1).max(100).describe('What the login page calls it.'),
  labels: names('Labels of every anonymous user.'),
  sessions: z.int().min(1).max(50_000).default(1_000).describe('So many may be logged in at once.'),
  sessionsPerAddress: z.int().min(1).max(50_000).default(50).describe('So many from one address (of IPv6: from one /64).'),
  demo: z.boolean().default(false).describe('Logins work on loopback only.'),
});

const oauthProvider = oauthProviderSchema({
  id: name.describe('Never change it: it is part of every identity.'),
  displayName: z.string().min(1).max(100).describe('What the login page calls it.'),
});

/** As davfs2 takes them; whatever else is in them is escaped. */
const WEBDAV_PLACE = /^(?:https:\/\/[^/@\s\p{Cc}]+(?:\/[^\p{Cc}]*)?|\/[^\p{Cc}]*)$/u;

const profile = z.strictObject({
  name: name.describe('Part of the ids of its desktops: never change it.'),
  displayName: z.string().min(1).max(100).describe('What people read.'),
  default: z.boolean().default(false).describe('Taken where the user chooses none.'),
  labels: names('Users with one of these labels may choose it; empty: everybody.'),
  loginFiles: z
    .array(z.enum(['ldif', 'passwd', 'credentials', 'davfs2', 'keytab']))
    .max(5)
    .default([])
    .describe(
      'With the kubernetes runtime: what a login makes for its desktops, in a Secret of each. `ldif`: the account as the directory has it; `passwd`: its line of passwd(5); `credentials`: name and password for mounts; `davfs2`: the same for WebDAV; `keytab`: a Kerberos key (Active Directory).',
    ),
  webdav: z
    .array(z.string().max(500).regex(WEBDAV_PLACE, 'an https address without a user, or the absolute path of a mount point'))
    .max(16)
    .default([])
    .describe('What the file `davfs2` of `loginFiles` opens: addresses, not percent-encoded, or mount points.'),
  pod: podOverridesSchema.optional().describe('With the kubernetes runtime: what its pods have other than `runtime.pod`.'),
});

/** A list whose items are told apart by one of their fields. */
const distinct =
  <Item extends object>(field: keyof Item & string) =>
  (check: z.core.ParsePayload<Item[]>): void => {
    check.value.forEach((item, index) => {
      if (check.value.findIndex((other) => other[field] === item[field]) < index)
        check.issues.push({ code: 'custom', path: [index, field], message: 'is there twice', input: item[field] });
    });
  };

const shape = z.strictObject({
  installation: z
    .strictObject({
      name: z.string().min(1).max(60).default('Deskhand').describe('What the pages call this installation.'),
      id: name.default('deskhand').describe('Marks what belongs to this installation where several share a machine or a namespace.'),
    })
    .prefault({}),
  data: path().default('data').describe('Folder of the event store, keys and local homes. DESKHAND_DATA.'),
  http: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1').describe('Address to listen on. DESKHAND_HOST.'),
      port: z.int().min(0).max(65_535).default(8080).describe('Port to listen on. DESKHAND_PORT.'),
      allowedHosts: names('Host names that browsers may use beside localhost and the loopback addresses (against DNS rebinding).'),
      trustedProxies: networks(
        'Addresses or networks of the proxies before the gateways: their X-Forwarded-* headers count. Gateways prove themselves and are on no list.',
      ),
      publicUrl: z
        .string()
        .refine((url) => isPrivateLine(url) && URL.parse(url)?.origin === url, 'must be like https://desk.example, without a path')
        .optional()
        .describe('Where browsers find this installation: OAuth providers send them back to it, and to nowhere else.'),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1').describe('Address to listen on: an internal one.'),
      port: z.int().min(0).max(65_535).describe('Port to listen on. DESKHAND_METRICS_PORT.'),
    })
    .optional()
    .describe('Metrics of the control plane for Prometheus, `/metrics` on a port of their own, also with `npm start`; absent: none.'),
  gateway: gatewaySchema,
  store: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('sqlite').describe('A file in the data folder, durable at every append.') }),
      z.strictObject({ kind: z.literal('memory').describe('Nothing survives a restart; for tests.') }),
      z.strictObject({
        kind: z.literal('mongo').describe('A MongoDB from version 5 on, for any number of replicas; `npm run migrate` prepares it.'),
        url: z
          .string()
          .max(4096)
          .regex(/^mongodb(?:\+srv)?:\/\/\S+$/, 'a connection string, mongodb://HOST:PORT')
          .describe('Connection string. With a password in it, put it into a file and write `file:PATH`.'),
        database: z
          .string()
          .regex(/^[A-Za-z0-9_-]{1,38}$/, 'letters, digits, _ and -')
          .default('deskhand')
          .describe('Name of the database; installations that share a server have one each.'),
      }),
    ])
    .default({ kind: 'sqlite' }),
  progress: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('memory').describe('Each process has its own: for one process.') }),
      z.strictObject({
        kind: z.literal('memcached').describe('All replicas see the same lines. Losing the servers blocks nothing.'),
        servers: z
          .array(z.string().regex(/^[\w.-]+:\d{1,5}$/, 'host:port'))
          .min(1)
          .max(50)
          .describe('`host:port` of each memcached.'),
        expireSeconds: seconds(3_600, 'How long a line of progress is kept.'),
      }),
    ])
    .default({ kind: 'memory' })
    .describe('Where the lines are kept that people read while they wait.'),
  identity: z
    .strictObject({
      providers: z
        .array(z.discriminatedUnion('kind', [localProvider, ldapProvider, activeDirectoryProvider, anonymousProvider, oauthProvider]))
        .max(50)
        .check(distinct<{ id: string }>('id'))
        .default([])
        .describe('Ways of logging in, in the order of the login page.'),
      rules: rulesSchema
        .check(distinct<{ name: string }>('name'))
        .default([])
        .describe('What adds roles and labels to those that a provider gives, at each login; all of them are looked at.'),
      session: z
        .strictObject({
          accessTokenSeconds: seconds(900, 'Life of a user token; renewed while the session lives.'),
          absoluteSeconds: seconds(43_200, 'Longest life of a session.'),
          idleSeconds: seconds(14_400, 'A session that was not renewed for so long has ended.'),
          lookSeconds: seconds(
            900,
            'When a session was not renewed for so long, its account is looked at without it, and so often from then on: whoever may not come in any more loses what is open.',
          ),
        })
        .prefault({}),
      attempts: z
        .strictObject({
          failures: z
            .int()
            .min(1)
            .max(1000)
            .default(5)
            .describe(
              'Failed logins after which an account is banned; an address is after ten times as many. The last few before it wait.',
            ),
          waitSeconds: seconds(600, 'How long the ban lasts. Failures drain away within twice that.'),
          protectedNetworks: networks('Addresses or networks that are never banned, and from where banned accounts can log in.'),
        })
        .prefault({}),
    })
    .prefault({}),
  profiles: z
    .array(profile)
    .min(1)
    .max(100)
    .check(distinct<{ name: string }>('name'))
    .refine(
      (profiles) => profiles.every(({ loginFiles, webdav }) => loginFiles.includes('davfs2') === webdav.length > 0),
      '`davfs2` among the `loginFiles` of a profile and its `webdav` need each other',
    )
    .refine((profiles) => profiles.filter((one) => one.default).length <= 1, 'only one of them can be the default')
    .default([{ name: 'standard', displayName: 'Standard desktop', default: true, labels: [], loginFiles: [], webdav: [] }])
    .describe('Kinds of desktop that users may have.'),
  catalogue: z
    .strictObject({
      folders: z.array(path()).max(50).default(['/usr/share/applications']).describe('Folders of .desktop files.'),
      images: z
        .array(path())
        .max(50)
        .default([])
        .describe(
          'With the kubernetes runtime: folders whose `.json` files each hold what `docker inspect` says of an image with `oc.*` labels.',
        ),
      hide: names('Names of applications that nobody sees.'),
      restrict: z
        .array(
          z.strictObject({
            applications: names('Names of applications.'),
            labels: names('Only users with one of these labels may start them.'),
          }),
        )
        .max(1000)
        .default([])
        .describe('Applications that not everybody may start.'),
    })
    .prefault({}),
  desktops: z
    .strictObject({
      limit: z.int().min(1).max(1_000_000).default(200).describe('How many desktops may live at once.'),
      applicationLimit: z.int().min(1).max(10_000).default(50).describe('How many applications may run on one desktop at once.'),
      deadlines: z
        .strictObject({
          scheduleMs: milliseconds(60_000, 'From the request until the desktop has a place.'),
          prepareMs: milliseconds(300_000, 'From there until its image and its volumes are fetched.'),
          startMs: milliseconds(60_000, 'From the start of its processes until its display answers.'),
          stopMs: milliseconds(30_000, 'From the wish to end it until it has gone.'),
          applicationStartMs: milliseconds(30_000, 'From the launch of an application until it runs.'),
        })
        .prefault({}),
      idleSeconds: seconds(28_800, 'A desktop that nobody was connected to for so long is ended.'),
      sweepMs: milliseconds(20_000, 'How often desktops and what runs are compared as a whole.'),
    })
    .prefault({}),
  runtime: z
    .discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('local').describe('Desktops are processes of this machine.'),
        firstUid: z
          .int()
          .min(1000)
          .max(2_000_000_000)
          .optional()
          .describe(
            'Started as root, each desktop gets a uid of its own, of 10,000 from here on; by default a range that depends on the data folder.',
          ),
      }),
      kubernetesRuntimeSchema,
    ])
    .prefault({ kind: 'local' }),
  log: z
    .strictObject({ level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info').describe('DESKHAND_LOG.') })
    .prefault({}),
});

export const configurationSchema = shape.check(({ value, issues }) => {
  const faults = value.runtime.kind === 'kubernetes' ? findPodFaults(value.runtime, value.profiles) : [];
  for (const { path, message } of faults) issues.push({ code: 'custom', path: [...path], message, input: value });
  value.identity.providers.forEach((provider, index) => {
    if (provider.kind !== 'oauth2') return;
    const place = ['identity', 'providers', index];
    for (const { path, message } of findOAuthFaults(provider))
      issues.push({ code: 'custom', path: [...place, ...path], message, input: value });
    if (value.http.publicUrl === undefined)
      issues.push({
        code: 'custom',
        path: ['http', 'publicUrl'],
        message: `is missing: ${provider.id} sends browsers back to it`,
        input: value,
      });
  });
});

export type AnonymousProviderConfiguration = z.infer<typeof anonymousProvider>;
export type Configuration = z.infer<typeof configurationSchema>;
export type ProviderConfiguration = Configuration['identity']['providers'][number];
export type ProfileConfiguration = Configuration['profiles'][number];

/** Every name that browsers may use, beside those of this machine. */
export const hostsOf = ({ allowedHosts, publicUrl }: Configuration['http']): readonly string[] => [
  ...allowedHosts,
  ...(publicUrl === undefined ? [] : [new URL(publicUrl).host]),
];
