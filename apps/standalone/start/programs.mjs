/** The programs that a desktop is made of: finds which are missing, installs them where it may, else says exactly how to. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { run, Stop } from './run.mjs';

/**
 * Looked for by name on the PATH, for packages are called differently everywhere. Without those that are `needed` there is no desktop; the
 * others are what people find on it.
 */
export const PROGRAMS = [
  needed('Xvnc', { apt: 'tigervnc-standalone-server', dnf: 'tigervnc-server', pacman: 'tigervnc', zypper: 'xorg-x11-Xvnc' }),
  needed('openbox', 'openbox'),
  needed('xterm', 'xterm'),
  wanted('xclock', { apt: 'x11-apps', dnf: 'xclock', pacman: 'xorg-xclock', zypper: 'xclock' }),
  wanted('xsetroot', { apt: 'x11-xserver-utils', dnf: 'xsetroot', pacman: 'xorg-xsetroot', zypper: 'xsetroot' }),
  wanted('mousepad', { apt: 'mousepad adwaita-icon-theme', dnf: 'mousepad', pacman: 'mousepad', zypper: 'mousepad' }),
  wanted('pcmanfm', 'pcmanfm'),
  wanted('galculator', 'galculator'),
];

/** What the tests need beside them: a browser, programs that type and copy as a person does, and servers. */
export const TEST_PROGRAMS = [
  needed('chromium', 'chromium'),
  needed('xdotool', 'xdotool'),
  needed('xclip', 'xclip'),
  needed('memcached', 'memcached'),
  needed('pip3', { apt: 'python3-pip', dnf: 'python3-pip', pacman: 'python-pip', zypper: 'python3-pip' }),
  wanted('samba', {
    apt: 'samba samba-dsdb-modules samba-ad-provision samba-vfs-modules python3-samba winbind',
    dnf: 'samba-dc samba-dc-provision python3-samba-dc',
    pacman: 'samba',
    zypper: 'samba-ad-dc',
  }),
  wanted('kinit', { apt: 'krb5-user', dnf: 'krb5-workstation', pacman: 'krb5', zypper: 'krb5-client' }),
  wanted('ip', { apt: 'iproute2', dnf: 'iproute', pacman: 'iproute2', zypper: 'iproute2' }),
  wanted('nft', 'nftables'),
  wanted('faketime', { apt: 'faketime', dnf: 'libfaketime', pacman: 'libfaketime', zypper: 'libfaketime' }),
  needed('slapd', { apt: 'slapd', dnf: 'openldap-servers', pacman: 'openldap', zypper: 'openldap2' }),
];

/** Distributions by the ids of /etc/os-release (`ID`, then `ID_LIKE`). */
const MANAGERS = {
  apt: { ids: ['debian', 'ubuntu'], command: 'apt-get install -y --no-install-recommends' },
  dnf: { ids: ['fedora', 'rhel', 'centos'], command: 'dnf install -y' },
  pacman: { ids: ['arch', 'manjaro'], command: 'pacman -S --needed --noconfirm' },
  zypper: { ids: ['suse', 'opensuse', 'sles'], command: 'zypper --non-interactive install' },
};

const UPDATE_TIMEOUT_MS = 5 * 60_000;
const INSTALL_TIMEOUT_MS = 20 * 60_000;

function needed(program, packages) {
  return { program, packages, isNeeded: true };
}

function wanted(program, packages) {
  return { program, packages, isNeeded: false };
}

/** Where servers are that a user's own PATH may lack. */
const SERVER_FOLDERS = '/usr/sbin';

/** @param {typeof PROGRAMS} programs @param {string} path */
export function missingPrograms(programs, path = `${process.env.PATH ?? ''}${delimiter}${SERVER_FOLDERS}`) {
  const folders = path.split(delimiter).filter(Boolean);
  return programs.filter(({ program }) => !folders.some((folder) => canRun(resolve(folder, program))));
}

/** @param {string} osRelease content of /etc/os-release @returns {'apt' | 'dnf' | 'pacman' | 'zypper' | undefined} */
export function managerOf(osRelease) {
  const value = (key) => new RegExp(`^${key}=["']?([^"'\n]*)`, 'm').exec(osRelease)?.[1] ?? '';
  const ids = [value('ID'), ...value('ID_LIKE').split(/\s+/)].filter(Boolean);
  for (const id of ids)
    for (const [name, manager] of Object.entries(MANAGERS))
      if (manager.ids.some((known) => id === known || id.startsWith(`${known}-`))) return name;
  return undefined;
}

/** @returns {readonly string[]} */
export function packagesOf(programs, manager) {
  return programs.flatMap(({ packages }) => (typeof packages === 'string' ? packages : packages[manager]).split(' '));
}

/** What to type to install them: one command, or their names where the distribution is not known. */
export function installCommand(programs, manager) {
  if (manager === undefined) return `your distribution's packages of: ${programs.map(({ program }) => program).join(', ')}`;
  return `sudo ${MANAGERS[manager].command} ${packagesOf(programs, manager).join(' ')}`;
}

/**
 * Makes sure that the needed programs are there.
 *
 * @param {typeof PROGRAMS} programs
 * @throws {Stop} with the command to type, where one is missing and may not be installed
 */
export async function installPrograms(programs) {
  let missing = missingPrograms(programs);
  if (missing.length === 0) return;
  const manager = managerOf(readOsRelease());
  if (manager === 'apt') missing = await installWithApt(missing);
  const names = (programs) => programs.map(({ program }) => program).join(', ');
  if (missing.some(({ isNeeded }) => isNeeded))
    throw new Stop(`These programs are missing: ${names(missing)}. Install them and start again:\n  ${installCommand(missing, manager)}`);
  if (missing.length > 0) console.log(`Missing, and left out: ${names(missing)}. To add them:\n  ${installCommand(missing, manager)}`);
}

/** @returns {Promise<typeof PROGRAMS>} what is still missing */
async function installWithApt(missing) {
  const isRoot = process.getuid?.() === 0;
  // -n: asks for no password; where one is needed, this is not ours to do.
  const mayInstall = isRoot || (await run('sudo', ['-n', 'true'], { timeoutMs: 10_000 })).ok;
  if (!mayInstall) return missing;
  const packages = packagesOf(missing, 'apt');
  console.log(`Installing ${packages.join(', ')} with apt-get; the first time this takes some minutes ...`);
  const apt = (args, timeoutMs) => {
    const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...args];
    const [program, ...rest] = isRoot ? command : ['sudo', '-n', ...command];
    return run(program, rest, { timeoutMs });
  };
  // An index that cannot be renewed may still be good enough.
  await apt(['update'], UPDATE_TIMEOUT_MS);
  const { ok, output } = await apt(['install', '-y', '--no-install-recommends', ...packages], INSTALL_TIMEOUT_MS);
  if (!ok) console.error(`apt-get failed:\n${output.trim().split('\n').slice(-5).join('\n')}`);
  return missingPrograms(missing);
}

function readOsRelease() {
  const file = ['/etc/os-release', '/usr/lib/os-release'].find((candidate) => existsSync(candidate));
  return file ? readFileSync(file, 'utf8') : '';
}

function canRun(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
