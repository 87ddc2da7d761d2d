/** A cluster of the tests of which only half starts: of it nothing is left, and one that runs beside it is not touched. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { type Cluster, findCluster } from '../support/cluster.js';

const TIMEOUT_MS = 120_000;
/** In a network of its own, with what is left in it at the end. */
const SCRIPT = `
  import { existsSync } from 'node:fs';
  const { start } = await import(process.env.CLUSTER);
  const error = await start(process.env.COMPONENTS, process.env.ARCHIVES).then(() => undefined, ({ message }) => message);
  console.log(JSON.stringify({ error, hasLink: existsSync('/sys/class/net/kube0') }));
`;

describe.skipIf(!findCluster())('a cluster of which a component ends at once', () => {
  const cluster = findCluster() as Cluster;
  const folders: string[] = [];
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'deskhand-half-'));
    folders.push(made);
    return made;
  };
  afterEach(() => {
    for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
  });

  /** Its programs, but for one that says a word and fails. */
  function componentsWithout(broken: string): string {
    const real = dirname(cluster.kubectl);
    const made = folder();
    for (const name of readdirSync(real)) if (name !== broken) symlinkSync(join(real, name), join(made, name));
    writeFileSync(join(made, broken), '#!/bin/sh\necho no disk is left; exit 1\n');
    chmodSync(join(made, broken), 0o755);
    return made;
  }

  it('is ended as a whole, and the parts say why', { timeout: TIMEOUT_MS }, async () => {
    const linkOfOther = () => readFileSync('/sys/class/net/kube0/ifindex', 'utf8');
    const before = linkOfOther();
    const place = folder();
    const archives = join(place, 'archives');
    mkdirSync(archives);
    const inOwnNetwork = ['--net', '--mount', 'sh', '-c', 'mount -t sysfs none /sys && exec "$0" "$@"'];
    const { stdout } = await promisify(execFile)('unshare', [...inOwnNetwork, process.execPath, '--input-type=module', '--eval', SCRIPT], {
      env: {
        ...process.env,
        TMPDIR: place,
        CLUSTER: join(projectFolder(), 'test/cluster/cluster.mjs'),
        COMPONENTS: componentsWithout('etcd'),
        ARCHIVES: archives,
      },
      timeout: TIMEOUT_MS,
    });
    const { error, hasLink } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(error).toMatch(/etcd\.log:\s+no disk is left/);
    expect(hasLink).toBe(false);
    expect(existsSync(join(place, 'deskhand-cluster'))).toBe(false);
    const processes = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(`KUBE_DIR=${place}`));
    expect(processes).toStrictEqual([]);
    expect(linkOfOther()).toBe(before);
  });
});

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}
