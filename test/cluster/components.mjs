/** Builds Kubernetes' own servers, of the released Go modules: once, outside the tree. */
import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, Stop } from '../../apps/standalone/start/run.mjs';
import { cached, keyOf } from './cache.mjs';

const sources = fileURLToPath(new URL('kube/', import.meta.url));
const VERSION = { gitVersion: 'v1.34.4', gitMajor: '1', gitMinor: '34', gitTreeState: 'clean' };
const COMPONENTS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet', 'kubectl'];
const BUILD_TIMEOUT_MS = 60 * 60_000;
/** No debug information is made only to be thrown away. */
const FLAGS = ['-gcflags=all=-dwarf=false', '-p=2', '-trimpath', '-buildvcs=false'];

/** @returns {Promise<string>} a folder with a program for each component, `netpol` and `pause` */
export async function buildComponents() {
  const version = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) =>
    Object.entries(VERSION).map(([name, value]) => `-X ${path}.${name}=${value}`),
  );
  const link = ['-s', '-w', ...version].join(' ');
  return cached('cluster', keyOf([sources], FLAGS, link), async (folder) => {
    console.log('Building Kubernetes; the first time this takes ten minutes or more ...');
    const build = async (output, path, ldflags) => {
      const { ok, output: said } = await run('go', ['build', ...FLAGS, '-ldflags', ldflags, '-o', join(folder, output), path], {
        cwd: sources,
        env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' },
        timeoutMs: BUILD_TIMEOUT_MS,
      });
      if (!ok) throw new Stop(`Kubernetes could not be built:\n${said.trim().split('\n').slice(-20).join('\n')}`);
    };
    await build('kube-all', '.', link);
    for (const name of readdirSync(sources, { withFileTypes: true }).filter((item) => item.isDirectory()))
      await build(name.name, `./${name.name}`, '-s -w');
    // One binary is all of them, going by its name.
    for (const name of COMPONENTS) symlinkSync('kube-all', join(folder, name));
  });
}
