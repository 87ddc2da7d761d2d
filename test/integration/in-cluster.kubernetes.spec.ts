/** Without a kubeconfig, Deskhand is in the cluster who the service account of its pod is: by the files that the kubelet mounts. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { findCluster } from '../support/cluster.js';
import { KubernetesRig } from '../support/kubernetes-rig.js';

const TIMEOUT_MS = 30_000;
const PLACE = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Says what the apiserver answers. */
const SCRIPT = `
  const { ClusterClient } = await import(process.env.CLIENT);
  const client = ClusterClient.open(process.env.NAMESPACE);
  const list = await client.list('pods', {}).then(({ items }) => items.length, ({ message }) => message);
  const other = await ClusterClient.open('default').list('pods', {}).then(({ items }) => items.length, ({ detail }) => detail);
  console.log(JSON.stringify({ list, other }));
`;

describe.skipIf(!findCluster())('in a pod of the cluster', () => {
  let rig: KubernetesRig;
  let mounted: string;

  beforeAll(async () => {
    rig = await KubernetesRig.make('in-cluster');
    mounted = mkdtempSync(join(tmpdir(), 'deskhand-account-'));
    const kubeconfig = readFileSync(rig.kubeconfig, 'utf8');
    const [, authority = ''] = /certificate-authority-data: ([\w+/=]+)/.exec(kubeconfig) ?? [];
    const [, token = ''] = /token: "([^"]+)"/.exec(kubeconfig) ?? [];
    writeFileSync(join(mounted, 'ca.crt'), Buffer.from(authority, 'base64'));
    writeFileSync(join(mounted, 'token'), token);
    writeFileSync(join(mounted, 'namespace'), rig.namespace);
  });
  afterAll(async () => {
    rmSync(mounted, { recursive: true, force: true });
    await rig.dispose();
  });

  it('it needs no kubeconfig, and has the rights of its account', async () => {
    const home = join(mounted, 'home');
    mkdirSync(home);
    const mount = `mount -t tmpfs none /run && mkdir -p ${PLACE} && mount --bind "$MOUNTED" ${PLACE} && exec "$0" "$@"`;
    const { stdout } = await promisify(execFile)(
      'unshare',
      ['--mount', 'sh', '-c', mount, process.execPath, '--input-type=module', '--eval', SCRIPT],
      {
        env: {
          PATH: process.env.PATH,
          HOME: home,
          MOUNTED: mounted,
          CLIENT: join(projectFolder(), 'dist/libs/runtime/src/kubernetes/cluster-client.js'),
          NAMESPACE: rig.namespace,
          KUBERNETES_SERVICE_HOST: '10.87.0.2',
          KUBERNETES_SERVICE_PORT: '6443',
        },
        timeout: TIMEOUT_MS,
      },
    );
    expect(JSON.parse(stdout)).toStrictEqual({ list: 0, other: `system:serviceaccount:${rig.namespace}:deskhand may not list pods.` });
  });
});
