/** Opens the runtime that the configuration describes. */
import { DeskhandError, type KubernetesRuntimeConfiguration } from '#libs/common';
import { ClusterClient } from './cluster-client.js';
import { KubernetesRuntime, type KubernetesRuntimeOptions } from './kubernetes-runtime.js';

export interface KubernetesConfiguration extends Pick<KubernetesRuntimeOptions, 'settingsOf' | 'secretOf'> {
  /** Id of the installation. */
  readonly installation: string;
  readonly runtime: KubernetesRuntimeConfiguration;
}

/** @throws DeskhandError `CONFIGURATION_INVALID` where nothing says how to reach the cluster */
export function openKubernetesRuntime({ installation: id, runtime, ...secrets }: KubernetesConfiguration): KubernetesRuntime {
  const { namespace, serviceAccount, applicationPods, kubeconfig } = runtime;
  return new KubernetesRuntime({
    client: openClient(namespace, kubeconfig),
    installation: { id, namespace, serviceAccount, applicationPods },
    ...secrets,
  });
}

function openClient(namespace: string, kubeconfig: string | undefined): ClusterClient {
  try {
    return ClusterClient.open(namespace, kubeconfig);
  } catch (error) {
    const source = kubeconfig === undefined ? 'KUBECONFIG' : `runtime.kubeconfig (${kubeconfig})`;
    throw new DeskhandError('CONFIGURATION_INVALID', `The cluster cannot be reached with ${source}: ${(error as Error).message}`);
  }
}
