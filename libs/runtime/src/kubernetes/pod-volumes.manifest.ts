/** Makes the volumes of a desktop's pod, and of an application's from it. Pure. */
import type { HomeSettings, PodSettings, VolumeSettings } from '#libs/common';
import type { DesktopSpec } from '../runtime.js';
import { homeName, runName } from './kubernetes.names.js';
import type { PersistentVolumeClaim, Pod, Volume, VolumeMount } from './kubernetes.objects.js';

/** Where things are inside the containers. */
export const PLACES = {
  home: '/home/user',
  /**
   * The agent's configuration and secret; no application's container mounts it. One that shares the agent's process namespace and uid may read it all the
   * same, through /proc: the secret proves nothing but this run to its own desktop.
   */
  agent: '/run/deskhand/agent',
  /** The agent's private folder. */
  run: '/run/deskhand/run',
  /** The key that X clients need. */
  authority: '/run/deskhand/x',
  /** What the login made for the user, such as a Kerberos ticket. */
  user: '/run/deskhand/user',
} as const;

/** Keys of the run's Secret. */
export const SECRET_KEYS = { secret: 'secret', configuration: 'agent.json', authority: 'Xauthority' } as const;

const NAMES = {
  home: 'deskhand-home',
  agent: 'deskhand-agent',
  run: 'deskhand-run',
  authority: 'deskhand-x-authority',
  sockets: 'deskhand-x-sockets',
  tmp: 'deskhand-tmp',
  shm: 'deskhand-shm',
  user: 'deskhand-user',
} as const;

/** Owner and group of the pod may read: files of a Secret belong to root and to the pod's fsGroup. */
const READABLE = 0o440;

/** Name of the Secret with what the login made for the user. */
export const userSecretName = (name: string): string => `${name}-user`;

export function desktopVolumes(installation: string, settings: PodSettings, spec: DesktopSpec): Volume[] {
  const secretName = runName(installation, spec);
  const of = (...keys: string[]) => ({ secretName, defaultMode: READABLE, items: keys.map((key) => ({ key, path: key })) });
  return [
    { name: NAMES.agent, secret: of(SECRET_KEYS.secret, SECRET_KEYS.configuration) },
    { name: NAMES.authority, secret: of(SECRET_KEYS.authority) },
    { name: NAMES.run, emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
    { name: NAMES.sockets, emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    { name: NAMES.tmp, emptyDir: {} },
    { name: NAMES.shm, emptyDir: { medium: 'Memory', sizeLimit: settings.shm } },
    ...(spec.userFiles ? [{ name: NAMES.user, secret: { secretName: userSecretName(secretName), defaultMode: READABLE } }] : []),
    homeVolume(installation, settings.home, spec.user),
    ...settings.volumes.map(extraVolume),
  ];
}

export function desktopMounts({ home, volumes }: PodSettings, { user, userFiles }: DesktopSpec): VolumeMount[] {
  return [
    { name: NAMES.agent, mountPath: PLACES.agent, readOnly: true },
    { name: NAMES.authority, mountPath: PLACES.authority, readOnly: true },
    { name: NAMES.run, mountPath: PLACES.run },
    { name: NAMES.tmp, mountPath: '/tmp' },
    { name: NAMES.sockets, mountPath: '/tmp/.X11-unix' },
    { name: NAMES.shm, mountPath: '/dev/shm' },
    ...(userFiles ? [{ name: NAMES.user, mountPath: PLACES.user, readOnly: true }] : []),
    { name: NAMES.home, mountPath: PLACES.home, ...(home.kind === 'existingClaim' ? { subPath: subPathOf(home.subPath, user) } : {}) },
    ...volumes.map(({ name, mountPath, readOnly }) => ({ name, mountPath, readOnly })),
  ];
}

/** All but what is the agent's own. */
export const applicationMounts = (desktop: Pod): VolumeMount[] =>
  (desktop.spec?.containers[0]?.volumeMounts ?? []).filter(({ name }) => name !== NAMES.agent && name !== NAMES.run);

/** For an application in a pod of its own: sockets of X do not cross pods, and empty folders are its own. */
export function applicationPodMounts(desktop: Pod): VolumeMount[] {
  return applicationMounts(desktop).filter(({ name }) => name !== NAMES.sockets);
}

export function applicationPodVolumes(desktop: Pod): Volume[] {
  const mounted = new Set(applicationPodMounts(desktop).map(({ name }) => name));
  return (desktop.spec?.volumes ?? [])
    .filter(({ name }) => mounted.has(name))
    .map(({ name, ephemeral, ...volume }) =>
      // The claim that Kubernetes makes for such a volume: https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#persistentvolumeclaim-naming
      ephemeral ? { name, persistentVolumeClaim: { claimName: `${desktop.metadata?.name}-${name}` } } : { name, ...volume },
    );
}

/** Whether a claim of the pod lets one machine only use it: who shares it has to run there too. */
export function needsSameNode(home: HomeSettings): boolean {
  if (home.kind === 'existingClaim') return home.sameNode;
  return home.kind === 'persistentVolumeClaim' && !home.accessModes.includes('ReadWriteMany');
}

/** The claim of a user's home, for a profile that keeps one. */
export function makeHomeClaim(
  metadata: PersistentVolumeClaim['metadata'],
  home: HomeSettings & { kind: 'persistentVolumeClaim' },
): PersistentVolumeClaim {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: claimSpec(home) };
}

const claimSpec = ({ accessModes, size, storageClassName }: HomeSettings & { kind: 'persistentVolumeClaim' }) => ({
  accessModes: [...accessModes],
  resources: { requests: { storage: size } },
  ...(storageClassName === undefined ? {} : { storageClassName }),
});

function homeVolume(installation: string, home: HomeSettings, user: string): Volume {
  const { home: name } = NAMES;
  switch (home.kind) {
    case 'none':
      return { name, emptyDir: {} };
    case 'existingClaim':
      return { name, persistentVolumeClaim: { claimName: home.claim } };
    case 'persistentVolumeClaim':
      if (home.keep) return { name, persistentVolumeClaim: { claimName: homeName(installation, user) } };
      return { name, ephemeral: { volumeClaimTemplate: { spec: claimSpec(home) } } };
  }
}

function extraVolume({ name, configMap, secret, persistentVolumeClaim, emptyDir, readOnly }: VolumeSettings): Volume {
  if (configMap !== undefined) return { name, configMap: { name: configMap } };
  if (secret !== undefined) return { name, secret: { secretName: secret, defaultMode: READABLE } };
  if (persistentVolumeClaim !== undefined) return { name, persistentVolumeClaim: { claimName: persistentVolumeClaim, readOnly } };
  return { name, emptyDir: { sizeLimit: emptyDir } };
}

const subPathOf = (template: string, user: string): string => template.replaceAll('{user}', () => user);
