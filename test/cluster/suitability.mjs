/** Says why no cluster can run here. */
import { existsSync, readFileSync } from 'node:fs';
import { installPrograms, managerOf } from '../../apps/standalone/start/programs.mjs';
import { run } from '../../apps/standalone/start/run.mjs';

const debian = (program, packages = program) => ({ program, packages: { apt: packages }, isNeeded: true });

/** What a node needs of the distribution, and what its images are built with. */
const PROGRAMS = [
  debian('containerd'),
  debian('runc'),
  debian('/usr/lib/cni/bridge', 'containernetworking-plugins'),
  debian('iptables'),
  debian('nft', 'nftables'),
  debian('conntrack'),
  debian('socat'),
  debian('modprobe', 'kmod'),
  debian('openssl'),
  debian('curl'),
  debian('ip', 'iproute2'),
  debian('pgrep', 'procps'),
  debian('nsenter', 'util-linux'),
  debian('mmdebstrap'),
  debian('buildah'),
];

/** @returns {Promise<string | undefined>} a sentence; undefined where it can. Installs what is missing where it may. */
export async function reasonAgainst() {
  if (process.platform !== 'linux') return 'A cluster needs Linux.';
  if (process.getuid?.() !== 0) return 'A cluster needs namespaces and mounts of its own: run this as root.';
  if (managerOf(readIfThere('/etc/os-release')) !== 'apt')
    return 'The images of the cluster are made of Debian packages: run this on Debian or Ubuntu.';
  if (!(await run('go', ['version'], { timeoutMs: 30_000 })).ok)
    return 'Kubernetes is built from its Go modules: install Go 1.26 or newer (https://go.dev/dl).';
  try {
    await installPrograms(PROGRAMS);
  } catch (error) {
    return error.message;
  }
  return undefined;
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
