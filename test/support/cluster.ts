/** The real Kubernetes of the tests (test/cluster): where it is, a namespace of one's own in it, and what can go wrong with it. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What `npm run cluster -- up` says about the cluster that runs. */
export interface Cluster {
  /** Of an administrator. */
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** References of the images that the node has, by the names of their folders. */
  readonly images: Readonly<Record<'desktop' | 'terminal' | 'editor' | 'browser', string>>;
  /** A folder with what `docker inspect` says of each application. */
  readonly inspect: string;
  /** Where its state is. */
  readonly state: string;
}

export type ClusterComponent = 'apiserver' | 'kubelet' | 'scheduler' | 'manager';

const KUBECTL_TIMEOUT_MS = 60_000;

/**
 * The cluster of this test run; undefined where there is none, for reasons that test/cluster has printed.
 *
 * @throws where that would be a test of nothing that counts: in continuous integration
 */
export function findCluster(): Cluster | undefined {
  const file = process.env.DESKHAND_TEST_CLUSTER;
  if (file) return JSON.parse(readFileSync(file, 'utf8')) as Cluster;
  if (process.env.CI) throw new Error('There is no cluster, and CI is set: run npm test, which brings one up.');
  return undefined;
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

/** Makes a volume of the node's own disk for claims of a storage class of this name. */
export async function makeVolume(cluster: Cluster, name: string, accessModes: readonly string[] = ['ReadWriteOnce']): Promise<void> {
  const path = join(cluster.state, 'volumes', name);
  mkdirSync(path, { recursive: true });
  // fsGroup does not reach into folders of the machine.
  chmodSync(path, 0o777);
  const spec = {
    capacity: { storage: '10Gi' },
    accessModes,
    storageClassName: name,
    hostPath: { path },
    persistentVolumeReclaimPolicy: 'Retain',
  };
  await kubectl(cluster, ['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec }));
}

/** What a volume holds. */
export const volumeFolder = ({ state }: Cluster, name: string): string => join(state, 'volumes', name);

/** Stops a component where it stands: connections to it stay open and nothing answers. */
export const pauseComponent = (cluster: Cluster, component: ClusterComponent): Promise<void> => signal(cluster, component, 'STOP');

export const continueComponent = (cluster: Cluster, component: ClusterComponent): Promise<void> => signal(cluster, component, 'CONT');

/** Ends a component at once, as a machine that fails does. @returns starts it again as it was */
export async function killComponent(cluster: Cluster, component: ClusterComponent): Promise<() => Promise<void>> {
  const { file, pid } = pidOf(cluster, component);
  const command = (await inCluster(cluster, 'cat', `/proc/${pid}/cmdline`)).split('\0').slice(0, -1);
  await signal(cluster, component, 'KILL');
  const start = 'log=$1 pid=$2; shift 2; setsid "$@" < /dev/null >> "$log" 2>&1 & echo $! > "$pid"';
  return async () =>
    void (await inCluster(cluster, 'bash', '-c', start, component, join(cluster.state, `log/${component}.log`), file, ...command));
}

/** Nobody outside of the cluster reaches its apiserver: new connections are refused, and those that are there are cut. */
export async function refuseApiserver(cluster: Cluster): Promise<void> {
  const rules =
    'add table inet away; add chain inet away input { type filter hook input priority 0; }; add rule inet away input iifname eth0 tcp dport 6443 reject with tcp reset';
  await inCluster(cluster, 'nft', rules);
}

export const admitApiserver = async (cluster: Cluster): Promise<void> => void (await inCluster(cluster, 'nft', 'delete table inet away'));

/** As the cluster's own pid namespace counts them. */
function pidOf({ state }: Cluster, component: ClusterComponent): { readonly file: string; readonly pid: string } {
  const file = join(state, `run/${component}.pid`);
  return { file, pid: readFileSync(file, 'utf8').trim() };
}

async function signal(cluster: Cluster, component: ClusterComponent, name: 'STOP' | 'CONT' | 'KILL'): Promise<void> {
  await inCluster(cluster, 'kill', `-${name}`, pidOf(cluster, component).pid);
}

/** Runs a program in the namespaces of the cluster. @returns what it printed */
async function inCluster({ state }: Cluster, ...command: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('pgrep', ['-P', readFileSync(join(state, 'pid'), 'utf8').trim()]);
  return (await promisify(execFile)('nsenter', ['-t', stdout.trim(), '-p', '-m', '-n', ...command])).stdout;
}
