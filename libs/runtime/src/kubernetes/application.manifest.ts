/** Makes what an application runs in: an ephemeral container of the desktop's pod, or a pod of its own on the same display. Pure. */

import type { PodSettings } from '#libs/common';
import { type AgentConfiguration, APPLICATION_VARIABLE, RUN_VARIABLE, runMarker } from '#libs/display';
import type { ApplicationSpec } from '../runtime.js';
import { housekeeping, type Installation, literal, ownedBy, placement } from './desktop.manifest.js';
import {
  containerName,
  DESKTOP_CONTAINER,
  DISPLAY_NUMBER,
  LABEL,
  labelValueOf,
  launchName,
  machineName,
  runLabels,
  runName,
  X_PORT,
} from './kubernetes.names.js';
import type { EnvVar, EphemeralContainer, NetworkPolicy, Pod } from './kubernetes.objects.js';
import { containerSecurity, podSecurity } from './pod-security.manifest.js';
import {
  applicationMounts,
  applicationPodMounts,
  applicationPodVolumes,
  needsSameNode,
  PLACES,
  SECRET_KEYS,
} from './pod-volumes.manifest.js';

/** Between TERM and KILL. */
export const GRACE_SECONDS = 3;

/** An application that has a container to itself. */
export type PlacedApplication = ApplicationSpec & { readonly container: NonNullable<ApplicationSpec['container']> };

/** Runs in the process namespace of the desktop: the agent can see and end it, which Kubernetes cannot. */
export function makeApplicationContainer(settings: PodSettings, desktop: Pod, launch: PlacedApplication): EphemeralContainer {
  return {
    name: containerName(launch.id),
    targetContainerName: DESKTOP_CONTAINER,
    ...programOf(settings, launch),
    env: environmentOf(desktop, launch, `:${DISPLAY_NUMBER}`),
    securityContext: containerSecurity(settings.security),
    volumeMounts: applicationMounts(desktop),
  };
}

/** Speaks X over TCP, with the key that the Secret of its desktop holds. Goes with its desktop. */
export function makeApplicationPod(installation: Installation, settings: PodSettings, desktop: Pod, launch: PlacedApplication): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${runName(installation.id, launch)}-${launchName(launch.id)}`,
      namespace: installation.namespace,
      labels: {
        ...settings.labels,
        ...runLabels(installation.id, launch, 'application'),
        [LABEL.launch]: launchName(launch.id),
        [LABEL.application]: labelValueOf(launch.application),
      },
      annotations: settings.annotations,
      ownerReferences: ownedBy(desktop),
    },
    spec: {
      ...placement(settings),
      ...housekeeping(installation),
      affinity: { podAffinity: nearDesktop(installation, settings, launch) },
      // What X clients call their machine, by which the agent knows whose windows they are.
      hostname: machineName(launch.application, launch.id),
      // A program that is process 1 would ignore TERM.
      shareProcessNamespace: true,
      terminationGracePeriodSeconds: GRACE_SECONDS,
      securityContext: podSecurity(),
      containers: [
        {
          name: 'application',
          ...programOf(settings, launch),
          env: environmentOf(desktop, launch, `${desktop.status?.podIP}:${DISPLAY_NUMBER}`),
          resources: { requests: settings.applicationRequests, limits: settings.applicationLimits },
          securityContext: containerSecurity(settings.security),
          volumeMounts: applicationPodMounts(desktop),
        },
      ],
      volumes: applicationPodVolumes(desktop),
    },
  };
}

/** Opens the X port of one desktop to its own applications, and leaves the agent's port as open as it was. */
export function makeDisplayPolicy(installation: Installation, desktop: Pod, launch: PlacedApplication, agentPort: number): NetworkPolicy {
  const own = (component: 'desktop' | 'application') => ({ matchLabels: runLabels(installation.id, launch, component) });
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: runName(installation.id, launch),
      namespace: installation.namespace,
      labels: runLabels(installation.id, launch, 'desktop'),
      ownerReferences: ownedBy(desktop),
    },
    spec: {
      podSelector: own('desktop'),
      policyTypes: ['Ingress'],
      ingress: [
        { ports: [{ protocol: 'TCP', port: agentPort }] },
        { from: [{ podSelector: own('application') }], ports: [{ protocol: 'TCP', port: X_PORT }] },
      ],
    },
  };
}

function programOf({ imagePullPolicy }: PodSettings, { command, container }: PlacedApplication) {
  const [program = '', ...args] = command.map(literal);
  return {
    image: container.image,
    imagePullPolicy,
    command: [program],
    args,
    workingDir: PLACES.home,
    terminationMessagePolicy: 'FallbackToLogsOnError' as const,
  };
}

function environmentOf(desktop: Pod, { desktop: id, run, id: launch }: PlacedApplication, display: string): EnvVar[] {
  const marked: Pick<AgentConfiguration, 'desktop' | 'run' | 'folder'> = { desktop: id, run, folder: PLACES.run };
  return [
    ...(desktop.spec?.containers[0]?.env ?? []),
    { name: 'DISPLAY', value: display },
    { name: 'XAUTHORITY', value: `${PLACES.authority}/${SECRET_KEYS.authority}` },
    { name: RUN_VARIABLE, value: runMarker(marked) },
    { name: APPLICATION_VARIABLE, value: launch },
  ];
}

function nearDesktop(installation: Installation, { home }: PodSettings, launch: PlacedApplication) {
  const term = { labelSelector: { matchLabels: runLabels(installation.id, launch, 'desktop') }, topologyKey: 'kubernetes.io/hostname' };
  return needsSameNode(home)
    ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
    : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] };
}
