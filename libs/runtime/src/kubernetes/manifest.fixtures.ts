/** One desktop and its settings, as the specs of manifests begin. */
import { configurationSchema, type PodSettings, podSettingsOf } from '#libs/common';
import type { DesktopSpec } from '../runtime.js';
import type { Installation } from './desktop.manifest.js';
import type { Pod } from './kubernetes.objects.js';

export const installation: Installation = {
  id: 'deskhand',
  namespace: 'desktops',
  serviceAccount: 'deskhand-desktop',
  applicationPods: true,
};

/** @param pod settings other than the defaults */
export function settings(pod: object = {}): PodSettings {
  const runtime = { kind: 'kubernetes', pod: { image: 'registry.example.org/desktop:1', ...pod } };
  return podSettingsOf(configurationSchema.parse({ runtime }), 'standard');
}

export const spec: DesktopSpec = {
  desktop: 'd1',
  run: 3,
  user: 'u1',
  userName: 'Turanga Leela',
  profile: 'standard',
  home: 'd1',
  secret: new Uint8Array(32).fill(7),
  width: 1280,
  height: 800,
  timezone: 'Europe/Paris',
  locale: 'fr-FR',
};

/** What a cluster makes of a pod that it accepted and started. */
export const accepted = (pod: Pod): Pod => ({ ...pod, metadata: { ...pod.metadata, uid: 'uid-1' }, status: { podIP: '10.1.2.3' } });
