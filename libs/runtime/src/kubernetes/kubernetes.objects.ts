/** The shapes of Kubernetes' objects as they travel: JSON, where a time is a text. */
import type { V1NetworkPolicy, V1ObjectMeta, V1PersistentVolumeClaim, V1Pod, V1Secret } from '@kubernetes/client-node';

type AsJson<T> = T extends Date ? string : T extends object ? { [Key in keyof T]: AsJson<T[Key]> } : T;

export type Pod = AsJson<V1Pod>;
export type PodSpec = NonNullable<Pod['spec']>;
export type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];
export type EphemeralContainer = NonNullable<PodSpec['ephemeralContainers']>[number];
export type Volume = NonNullable<PodSpec['volumes']>[number];
export type VolumeMount = NonNullable<PodSpec['containers'][number]['volumeMounts']>[number];
export type EnvVar = NonNullable<PodSpec['containers'][number]['env']>[number];
export type Secret = AsJson<V1Secret>;
export type PersistentVolumeClaim = AsJson<V1PersistentVolumeClaim>;
type PolicySpec = NonNullable<AsJson<V1NetworkPolicy>['spec']>;
type IngressRule = NonNullable<PolicySpec['ingress']>[number];
/** The client renames `from`, which is a word of other languages. */
export interface NetworkPolicy extends KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: Omit<PolicySpec, 'ingress'> & {
    readonly ingress: readonly (Omit<IngressRule, '_from'> & { readonly from?: IngressRule['_from'] })[];
  };
}
export type ObjectMeta = AsJson<V1ObjectMeta>;

/** What every object has. */
export interface KubernetesObject {
  readonly metadata?: ObjectMeta;
}
