/** The security settings of every pod and container: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
import type { PodSettings } from '#libs/common';
import type { PodSpec } from './kubernetes.objects.js';

type Level = PodSettings['security'];

/** User and group of everything in a desktop; the images know them as `user`. */
export const USER_ID = 1000;

export const podSecurity = (): NonNullable<PodSpec['securityContext']> => ({
  runAsNonRoot: true,
  runAsUser: USER_ID,
  runAsGroup: USER_ID,
  fsGroup: USER_ID,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
});

export const containerSecurity = (level: Level): NonNullable<PodSpec['containers'][number]['securityContext']> =>
  level === 'baseline' ? { allowPrivilegeEscalation: true } : { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
