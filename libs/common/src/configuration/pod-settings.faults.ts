/** Finds settings of pods that are each allowed but not together: Kubernetes would refuse every such pod, one user after the other. Pure. */
import type { KubernetesRuntimeConfiguration, PodOverrides, PodSettings } from './kubernetes.schema.js';
import { mergePodSettings } from './pod-settings.merge.js';

export interface PodFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** @param profiles in their order */
export function findPodFaults(
  { pod, applicationPods }: Pick<KubernetesRuntimeConfiguration, 'pod' | 'applicationPods'>,
  profiles: readonly { readonly pod?: PodOverrides | undefined }[],
): readonly PodFault[] {
  const common = faultsOf(pod, applicationPods).map(({ path, message }) => ({ path: ['runtime', 'pod', ...path], message }));
  const own = profiles.flatMap((profile, index) =>
    profile.pod === undefined
      ? []
      : faultsOf(mergePodSettings(pod, profile.pod), applicationPods).map(({ path, message }) => ({
          path: ['profiles', index, 'pod', ...path],
          message,
        })),
  );
  // What is wrong for all is said once.
  return common.length > 0 ? common : own;
}

function faultsOf(
  { home, requests, limits, applicationRequests, applicationLimits }: PodSettings,
  applicationPods: boolean,
): readonly PodFault[] {
  const claim = { path: ['home', 'kind'], message: 'existingClaim needs runtime.applicationPods: its applications are pods' };
  return [
    ...(home.kind === 'existingClaim' && !applicationPods ? [claim] : []),
    ...aboveLimit('requests', requests, limits),
    ...aboveLimit('applicationRequests', applicationRequests, applicationLimits),
  ];
}

function aboveLimit(key: string, requests: PodSettings['requests'], limits: PodSettings['limits']): readonly PodFault[] {
  return (['cpu', 'memory', 'ephemeral-storage'] as const).flatMap((resource) => {
    const limit = limits[resource];
    const isAbove = limit !== undefined && amountOf(requests[resource] ?? '0') > amountOf(limit);
    return isAbove ? [{ path: [key, resource], message: `${requests[resource]} is above the limit of ${limit}` }] : [];
  });
}

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** @param quantity as the schema takes it, such as `500m` or `1.5Gi` */
function amountOf(quantity: string): number {
  const [, number = '', unit = ''] = /^([\d.]+)(.*)$/.exec(quantity) ?? [];
  return Number(number) * (FACTORS[unit] ?? Number.NaN);
}
