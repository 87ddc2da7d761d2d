/** A Samba domain controller of the domain of Planet Express, on a loopback address of its own: Active Directory as its clients see it. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { makeAuthority } from './certificates.js';
import { eventually } from './eventually.js';

export const DOMAIN = 'ad.planetexpress.test';
export const NETBIOS_NAME = 'PLANEX';
export const USERS = 'OU=people,DC=ad,DC=planetexpress,DC=test';
/** Of everybody but the service account. */
export const USER_PASSWORD = 'Slurm.123';
export const SERVICE = { name: `service@${DOMAIN}`, password: 'G00d.News.Everyone' };

const fill = join(projectFolder(), 'test/directory/activedirectory.py');
/** Samba's own Python modules belong to the distribution's interpreter. */
const PYTHON = '/usr/bin/python3';

/** Why it cannot run here; undefined when it can. */
export function whyNoSamba(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'a domain controller needs root on Linux: its ports are fixed';
  try {
    execFileSync(PYTHON, ['-c', 'import samba.provision'], { stdio: 'pipe' });
    for (const program of ['samba', 'klist']) execFileSync(program, ['-V'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return 'samba, samba-ad-provision, python3-samba and krb5-user are not installed';
  }
}

export class Samba {
  #child!: ChildProcess;

  private constructor(
    private readonly folder: string,
    readonly address: string,
    readonly caFile: string,
  ) {}

  static async start(): Promise<Samba> {
    const folder = mkdtempSync(join(tmpdir(), 'deskhand-samba-'));
    const address = `127.${1 + (process.pid % 200)}.${1 + ((process.pid >> 8) % 200)}.53`;
    writeFileSync(join(folder, 'empty.conf'), '');
    const domain = ['--realm', DOMAIN.toUpperCase(), '--domain', NETBIOS_NAME, '--host-name', 'dc1', '--host-ip', address];
    const place = ['--targetdir', folder, '--adminpass', 'Passw0rd.Adm1n'];
    const provision = ['domain', 'provision', '-s', join(folder, 'empty.conf'), '--server-role', 'dc', '--dns-backend', 'SAMBA_INTERNAL'];
    await promisify(execFile)('samba-tool', [...provision, ...domain, ...place]);
    for (const name of ['run', 'tls']) mkdirSync(join(folder, name), { recursive: true });
    const { ca, key, certificate } = makeAuthority(join(folder, 'tls'), `dc1.${DOMAIN}`, [`DNS:dc1.${DOMAIN}`, `IP:${address}`]);
    execFileSync('chmod', ['600', key]);
    const file = join(folder, 'etc/smb.conf');
    const run = (name: string) => join(folder, 'run', name);
    const own = [
      `interfaces = ${address}/8`,
      'bind interfaces only = yes',
      `pid directory = ${run('')}`,
      `ncalrpc dir = ${run('ncalrpc')}`,
      `winbindd socket directory = ${run('winbind')}`,
      `ntp signd socket directory = ${run('ntp')}`,
      `tls keyfile = ${key}`,
      `tls certfile = ${certificate}`,
      `tls cafile = ${ca}`,
      'server services = ldap, cldap, kdc, rpc, dns',
      'dns update command = /bin/true',
    ];
    const generated = readFileSync(file, 'utf8').replace(/^\s*(?:server services|dns forwarder) = .*$/gm, '');
    writeFileSync(file, generated.replace('[global]', `[global]\n\t${own.join('\n\t')}`));
    await promisify(execFile)(PYTHON, [fill, file, USER_PASSWORD, SERVICE.password]);
    const samba = new Samba(folder, address, ca);
    await samba.#resume(file);
    return samba;
  }

  async #resume(file: string): Promise<void> {
    const options = ['-F', '--no-process-group', '-M', 'single', '--debug-stdout', '-d1', '-s', file];
    this.#child = spawn('samba', options, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const log = createWriteStream(join(this.folder, 'run/log'));
    this.#child.stdout?.pipe(log);
    this.#child.stderr?.pipe(log);
    await eventually(() => Promise.all([389, 636, 88, 53].map((port) => answers(port, this.address))), 60_000);
  }

  async remove(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    // Its own process group: the workers that it started go with it.
    if (this.#child.pid) process.kill(-this.#child.pid, 'SIGKILL');
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const answers = (port: number, address: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, address, () => {
      socket.destroy();
      resolve();
    }).on('error', reject);
  });
