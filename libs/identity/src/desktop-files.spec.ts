/** What a login makes for desktops. */
import { describe, expect, it } from 'vitest';
import { type LoginFile, makeDesktopFiles, pick } from './desktop-files.js';
import type { Principal } from './identity-provider.js';

const fry: Principal = {
  subject: 'fry-1',
  name: 'Philip J. Fry',
  groups: [],
  attributes: {
    dn: ['cn=Philip J. Fry,dc=planetexpress'],
    uid: ['fry'],
    cn: ['Philip J. Fry', 'Filip Frý'],
    uidNumber: ['12001'],
    gidNumber: ['12000'],
    homeDirectory: ['/home/fry'],
  },
  kerberos: { realm: 'R', principal: 'fry', salt: 'Rfry' },
  roles: [],
  labels: [],
};
const all: readonly LoginFile[] = ['ldif', 'passwd', 'credentials', 'davfs2', 'keytab'];
const order = { kinds: new Set(all), webdav: ['https://files.example/fry', '/home/fry/My files'] };
const made = async (principal: Principal, password?: string) =>
  Object.fromEntries(
    Object.entries(await makeDesktopFiles(order, principal, password)).map(([name, content]) => [name, Buffer.from(content).toString()]),
  );
const withAttribute = (name: string, value: string): Principal => ({ ...fry, attributes: { ...fry.attributes, [name]: [value] } });

describe('a login', () => {
  it('makes the account in LDIF and as a line of passwd, credentials for mounts of both kinds, and a keytab', async () => {
    expect(await made(fry, 'slurm')).toStrictEqual({
      'account.ldif': `dn: cn=Philip J. Fry,dc=planetexpress
uid: fry
cn: Philip J. Fry
cn:: RmlsaXAgRnLDvQ==
uidNumber: 12001
gidNumber: 12000
homeDirectory: /home/fry
`,
      passwd: 'fry:x:12001:12000:Philip J. Fry:/home/fry:/bin/sh\n',
      credentials: 'username=fry\npassword=slurm\ndomain=R\n',
      'davfs2.secrets': 'https://files.example/fry fry slurm\n/home/fry/My\\ files fry slurm\n',
      'krb5.keytab': expect.any(String),
    });
  });

  it('without a password makes nothing that needs one', async () =>
    expect(Object.keys(await made(fry))).toStrictEqual(['account.ldif', 'passwd']));

  it('of somebody of whom nothing is known makes nothing', async () =>
    expect(await made({ ...fry, attributes: {}, kerberos: undefined as never }, 'slurm')).toStrictEqual({}));

  it.each([
    ['uid', 'fry:0:0::/:/bin/sh\nroot', 'fry_0_0__/_/bin/sh_root:x:12001:12000:Philip J. Fry:/home/fry:/bin/sh\n'],
    ['gecos', 'Fry:\0', 'fry:x:12001:12000:Fry__:/home/fry:/bin/sh\n'],
    ['uidNumber', '0:', undefined],
    ['gidNumber', '', undefined],
  ])('keeps what is in %s from becoming another field', async (name, value, line) => {
    expect((await made(withAttribute(name, value))).passwd).toBe(line);
  });

  it.each(['line\nbreak', 'ends ', ' begins', ':colon', '<url', 'é', 'x\0'])(
    'writes %j in LDIF so that it stays one value',
    async (value) => {
      const ldif = (await made(withAttribute('gecos', value)))['account.ldif'] ?? '';
      const [, encoded = ''] = /^gecos:: (.*)$/m.exec(ldif) ?? [];
      expect(Buffer.from(encoded, 'base64').toString()).toBe(value);
      expect(ldif.split('\n')).toHaveLength(9);
    },
  );

  it('makes no credentials in which a password would be a setting', async () =>
    expect((await made(fry, 'slurm\ndomain=EVIL')).credentials).toBeUndefined());

  it.each([
    ['g3H"x 7z\\', 'g3H\\"x\\ 7z\\\\'],
    ['geh # heim', 'geh\\ \\#\\ heim'],
    ['"slurm"\t', '\\"slurm\\"\\\t'],
    ['mötley$', 'mötley$'],
  ])('writes the password %j for davfs2 as its own documentation does', async (password, word) =>
    expect((await made(fry, password))['davfs2.secrets']?.split('\n')[0]).toBe(`https://files.example/fry fry ${word}`),
  );

  it.each(['slurm\nproxy fry slurm', 'slurm\r', 'slurm\f', 'slurm\v', 'slurm\0'])(
    'makes nothing for davfs2 of the password %j',
    async (password) => expect((await made(fry, password))['davfs2.secrets']).toBeUndefined(),
  );

  it('makes nothing for davfs2 of a name that would be a line, nor for no place', async () => {
    expect((await made(withAttribute('uid', 'fry x\nproxy'), 'slurm'))['davfs2.secrets']).toBeUndefined();
    expect(await makeDesktopFiles({ kinds: new Set(['davfs2']), webdav: [] }, fry, 'slurm')).toStrictEqual({});
  });
});

it('a profile gets what it wants and no more', async () => {
  const files = await makeDesktopFiles(order, fry, 'slurm');
  expect(Object.keys(pick(files, ['passwd']))).toStrictEqual(['passwd']);
  expect(pick({}, all)).toStrictEqual({});
});
