/** A namespace with Deskhand's own manifests in it, and the kubernetes runtime under the service account that they make. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Configuration, configurationSchema, type PodSettings, podSettingsOf } from '#libs/common';
import type { DesktopWindow } from '#libs/display';
import type { DesktopRun } from '#libs/runtime';
import { PROOF_HEADER, proveToAgent } from '#libs/tokens';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import type { KubernetesRuntime } from '../../libs/runtime/src/kubernetes/kubernetes-runtime.js';
import { openKubernetesRuntime } from '../../libs/runtime/src/kubernetes/open-kubernetes-runtime.js';
import { type Cluster, findCluster, kubectl, makeNamespace, removeNamespace } from './cluster.js';

const MANIFESTS = join(projectFolder(), 'k8s/manifests/deskhand.yaml');

type Settings = Record<string, unknown>;

export class KubernetesRig {
  readonly #runtimes: KubernetesRuntime[] = [];

  private constructor(
    readonly cluster: Cluster,
    readonly namespace: string,
    readonly folder: string,
  ) {}

  /** Of Deskhand's own service account. */
  get kubeconfig(): string {
    return join(this.folder, 'kubeconfig');
  }

  /** @param purpose a word for the namespace's name */
  static async make(purpose: string): Promise<KubernetesRig> {
    const cluster = findCluster();
    if (!cluster) throw new Error('there is no cluster');
    const namespace = await makeNamespace(cluster, purpose);
    const folder = mkdtempSync(join(tmpdir(), 'deskhand-kubernetes-'));
    await kubectl(cluster, ['--namespace', namespace, 'apply', '-f', MANIFESTS]);
    const token = await kubectl(cluster, ['--namespace', namespace, 'create', 'token', 'deskhand', '--duration=3h']);
    const rig = new KubernetesRig(cluster, namespace, folder);
    writeFileSync(rig.kubeconfig, kubeconfigWith(readFileSync(cluster.kubeconfig, 'utf8'), token.trim()), { mode: 0o600 });
    return rig;
  }

  /** The part of a configuration that leads here. @param pod more settings of the pods @param more of the runtime */
  runtimeSettings(pod: Settings = {}, more: Settings = {}): Settings {
    const small = { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '2', memory: '1Gi' }, shm: '64Mi' };
    const settings = { ...small, image: this.cluster.images.desktop, imagePullPolicy: 'Never', ...pod };
    return { kind: 'kubernetes', namespace: this.namespace, kubeconfig: this.kubeconfig, pod: settings, ...more };
  }

  /** The same, as the runtime reads it. */
  podSettings(pod: Settings = {}): PodSettings {
    return podSettingsOf(configurationSchema.parse({ runtime: this.runtimeSettings(pod) }), 'standard');
  }

  /** @param installation two of them may share the namespace */
  open(
    pod: Settings = {},
    { installation = 'deskhand', profiles }: { installation?: string; profiles?: Settings[] } = {},
  ): KubernetesRuntime {
    const configuration: Configuration = configurationSchema.parse({
      runtime: this.runtimeSettings(pod),
      ...(profiles ? { profiles } : {}),
    });
    if (configuration.runtime.kind !== 'kubernetes') throw new Error('it is the kubernetes runtime');
    const runtime = openKubernetesRuntime({
      installation,
      runtime: configuration.runtime,
      settingsOf: (profile) => podSettingsOf(configuration, profile),
      secretOf,
    });
    this.#runtimes.push(runtime);
    return runtime;
  }

  kubectl(...args: readonly string[]): Promise<string> {
    return kubectl(this.cluster, ['--namespace', this.namespace, ...args]);
  }

  apply(object: object): Promise<string> {
    return kubectl(this.cluster, ['--namespace', this.namespace, 'apply', '-f', '-'], JSON.stringify(object));
  }

  async get<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.kubectl('get', ...args, '-o', 'json')) as T;
  }

  /** Runs a program in the desktop's own container. */
  exec({ desktop, run }: DesktopRun, ...command: readonly string[]): Promise<string> {
    return this.kubectl('exec', `deskhand-${desktop}-${run}`, '-c', 'desktop', '--', ...command);
  }

  /** What the agent of a desktop says of its windows. */
  async windows(target: DesktopRun): Promise<readonly DesktopWindow[]> {
    const { status } = await this.get<{ status: { podIP: string } }>('pod', `deskhand-${target.desktop}-${target.run}`);
    const proof = proveToAgent({ ...target, secret: secretOf(target) }, { method: 'GET', path: '/windows', scopes: ['view'] });
    const answer = await fetch(`http://${status.podIP}:8090/windows`, { headers: { [PROOF_HEADER]: proof.header } });
    return ((await answer.json()) as { items: DesktopWindow[] }).items;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#runtimes.map((runtime) => runtime.close()));
    rmSync(this.folder, { recursive: true, force: true });
    await removeNamespace(this.cluster, this.namespace);
  }
}

/** The same in every process of a test, as a master key makes it. */
export const secretOf = ({ desktop, run }: DesktopRun): Uint8Array => createHash('sha256').update(`${desktop}/${run}`).digest();

function kubeconfigWith(admin: string, token: string): string {
  return admin.replace(/users: .*/, `users: [{name: u, user: {token: "${token}"}}]`);
}
