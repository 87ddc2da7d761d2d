/** OpenLDAP's own server with the entries of Planet Express, on ports and in a folder of its own. It takes a bind without a password for nobody's, as some do. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { makeAuthority } from './certificates.js';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';

const ldif = join(projectFolder(), 'test/directory/planetexpress.ldif');
/** Debian keeps it where only root looks. */
const PATH = `${process.env.PATH}:/usr/sbin:/usr/libexec`;

export const ADMIN = { dn: 'cn=admin,dc=planetexpress,dc=com', password: 'GoodNewsEveryone' };
export const PEOPLE = 'ou=people,dc=planetexpress,dc=com';

export class Slapd {
  #child!: ChildProcess;

  private constructor(
    private readonly folder: string,
    readonly url: string,
    readonly secureUrl: string,
    /** PEM file of who signed its certificate. */
    readonly caFile: string,
  ) {}

  /** @param more entries beside those of Planet Express, in LDIF */
  static async start(more = ''): Promise<Slapd> {
    const folder = mkdtempSync(join(tmpdir(), 'deskhand-slapd-'));
    const { ca, key, certificate } = makeAuthority(folder, 'localhost', ['DNS:localhost', 'IP:127.0.0.1']);
    mkdirSync(join(folder, 'db'));
    writeFileSync(
      join(folder, 'slapd.conf'),
      `${['core', 'cosine', 'nis', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`).join('\n')}
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
attributetype ( 2.16.840.1.113730.3.1.610 NAME 'nsAccountLock' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.4203.666.1.1 NAME 'lockable' AUXILIARY MAY nsAccountLock )
allow bind_anon_cred
TLSCACertificateFile ${ca}
TLSCertificateFile ${certificate}
TLSCertificateKeyFile ${key}
sizelimit size.soft=500 size.hard=700
database mdb
suffix "dc=planetexpress,dc=com"
rootdn "${ADMIN.dn}"
rootpw ${ADMIN.password}
directory ${join(folder, 'db')}
index uid,mail,member,entryUUID eq
overlay ppolicy
access to attrs=userPassword by anonymous auth by * none
access to * by * read
`,
    );
    const entries = `${readFileSync(ldif, 'utf8')}\n${more}`;
    writeFileSync(join(folder, 'entries.ldif'), entries);
    execFileSync('slapadd', ['-q', '-f', join(folder, 'slapd.conf'), '-l', join(folder, 'entries.ldif')], { env: { PATH }, stdio: 'pipe' });
    const [port, securePort] = [await freePort(), await freePort()];
    const slapd = new Slapd(folder, `ldap://127.0.0.1:${port}`, `ldaps://localhost:${securePort}`, ca);
    await slapd.resume();
    return slapd;
  }

  /** Starts it again, with what it held. */
  async resume(): Promise<void> {
    const ports = [this.url, this.secureUrl].map((url) => Number(new URL(url).port));
    const addresses = `ldap://127.0.0.1:${ports[0]} ldaps://127.0.0.1:${ports[1]}`;
    this.#child = spawn('slapd', ['-f', join(this.folder, 'slapd.conf'), '-h', addresses, '-d', '0'], { env: { PATH }, stdio: 'ignore' });
    await eventually(() => Promise.all(ports.map(answers)));
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** CPU seconds that it has used. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const answers = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    }).on('error', reject);
  });
