/** The real Kubernetes of the tests (test/cluster): where it is, and a namespace of one's own in it. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** What `npm run cluster -- up` says about the cluster that runs. */
export interface Cluster {
  /** Of an administrator. */
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** References of the images that the node has, by the names of their folders. */
  readonly images: Readonly<Record<'desktop' | 'terminal' | 'editor' | 'browser', string>>;
}

const KUBECTL_TIMEOUT_MS = 60_000;

/** The cluster of this test run; undefined where there is none, for reasons that test/cluster has printed. */
export function findCluster(): Cluster | undefined {
  const file = process.env.DESKHAND_TEST_CLUSTER;
  return file ? (JSON.parse(readFileSync(file, 'utf8')) as Cluster) : undefined;
}

/** @returns what kubectl printed @throws with what it said when it failed */
export async function kubectl({ kubectl: program, kubeconfig }: Cluster, args: readonly string[], input?: string): Promise<string> {
  const running = promisify(execFile)(program, ['--kubeconfig', kubeconfig, ...args], {
    timeout: KUBECTL_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  running.child.stdin?.end(input ?? '');
  return (await running).stdout;
}

/** Makes a namespace in which Pod Security refuses whatever is not restricted. @returns its name */
export async function makeNamespace(cluster: Cluster, purpose: string): Promise<string> {
  const name = `test-${purpose}-${randomBytes(3).toString('hex')}`;
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await kubectl(cluster, ['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }));
  return name;
}

export async function removeNamespace(cluster: Cluster, name: string): Promise<void> {
  await kubectl(cluster, ['delete', 'namespace', name, '--wait=false', '--ignore-not-found']);
}
