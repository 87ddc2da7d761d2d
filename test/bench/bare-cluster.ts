/** The floor of everything on a cluster: the same objects made by the official client as it is, with nothing of ours around it. */
import {
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  type V1EphemeralContainer,
  type V1Pod,
  Watch,
} from '@kubernetes/client-node';
import type { KubernetesRig } from '../support/kubernetes-rig.js';
import { untilDisplayAnswers } from './rfb-handshake.js';

const TIMEOUT_MS = 60_000;
const RFB_PORT = 5900;

export interface BareDisplay {
  /** From the request to a finished RFB handshake. */
  readonly ms: number;
  readonly end: () => Promise<void>;
}

export class BareCluster {
  readonly #config = new KubeConfig();
  readonly #api: CoreV1Api;
  #made = 0;

  constructor(private readonly rig: KubernetesRig) {
    this.#config.loadFromFile(rig.cluster.kubeconfig);
    this.#api = this.#config.makeApiClient(CoreV1Api);
  }

  /** A pod with an X server alone, of the same image and size as a desktop. */
  async startDisplay(): Promise<BareDisplay> {
    const { namespace } = this.rig;
    const name = `bare-${++this.#made}`;
    const started = performance.now();
    await this.#api.createNamespacedPod({ namespace, body: this.#display(name) });
    const host = await this.#address(name);
    await untilDisplayAnswers({ host, port: RFB_PORT }, AbortSignal.timeout(TIMEOUT_MS));
    return { ms: performance.now() - started, end: () => this.#end(name) };
  }

  /** Starts one and ends it. @returns how long it took to answer, in milliseconds */
  async measureDisplay(): Promise<number> {
    const { ms, end } = await this.startDisplay();
    await end();
    return ms;
  }

  async addContainer(pod: string, container: V1EphemeralContainer): Promise<void> {
    await this.#api.patchNamespacedPodEphemeralcontainers(
      { namespace: this.rig.namespace, name: pod, body: { spec: { ephemeralContainers: [container] } } },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    );
  }

  /** Gracefully, as ours end: with no grace at all the object goes at once, and the kubelet would still clear up while the next start is measured. */
  async #end(name: string): Promise<void> {
    await this.#api.deleteNamespacedPod({ namespace: this.rig.namespace, name, gracePeriodSeconds: 1 });
    await this.rig.kubectl('wait', '--for=delete', `pod/${name}`, '--timeout=60s');
  }

  #display(name: string): V1Pod {
    const { image, imagePullPolicy, requests, limits } = this.rig.runtimeSettings().pod as {
      image: string;
      imagePullPolicy: string;
      requests: Record<string, string>;
      limits: Record<string, string>;
    };
    return {
      metadata: { name },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'display',
            image,
            imagePullPolicy,
            command: [
              '/usr/bin/Xvnc',
              ':0',
              '-geometry',
              '1280x800',
              '-SecurityTypes',
              'None',
              '-rfbport',
              String(RFB_PORT),
              '-UseBlacklist=0',
            ],
            resources: { requests, limits },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          },
        ],
      },
    };
  }

  async #address(name: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const hear = (_type: string, pod: V1Pod): void => {
      if (pod.status?.podIP) resolve(pod.status.podIP);
    };
    const path = `/api/v1/namespaces/${this.rig.namespace}/pods`;
    const watch = await new Watch(this.#config).watch(path, { fieldSelector: `metadata.name=${name}` }, hear, (error) => reject(error));
    const timer = setTimeout(() => reject(new Error(`${name} got no address`)), TIMEOUT_MS);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      watch.abort();
    }
  }
}
