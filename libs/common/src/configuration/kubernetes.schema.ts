/** How desktops look as pods: the part of the configuration's shape that only the kubernetes runtime reads. What it does not name, nobody can set. */
import { z } from 'zod';

/** Kubernetes' resource quantities, as far as people write them: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const quantity = z.string().regex(/^\d+(?:\.\d+)?(?:m|k|M|G|T|Ki|Mi|Gi|Ti)?$/, 'a quantity such as 500m, 2 or 1Gi');
/** RFC 1123 label. */
const label = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and dashes');
/** RFC 1123 subdomain. */
const objectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/, 'a name of a Kubernetes object');
const labelValue = z.string().regex(/^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/, 'a value of a Kubernetes label');
const labelKey = z
  .string()
  .max(317)
  .regex(/^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/, 'a key of a Kubernetes label');
const ownLabels = z
  .record(
    labelKey.refine((key) => !/^(?:[a-z.]*\.)?(?:kubernetes\.io|deskhand\.io)\//.test(key), 'belongs to Kubernetes or to Deskhand'),
    labelValue,
  )
  .default({});
const image = z
  .string()
  .max(500)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/, 'a reference of an image');

const DISK = 'Bytes of the disk of the machine: /tmp, a home of kind none, and whatever else is written outside of volumes.';

const resources = z.strictObject({
  cpu: quantity.optional().describe('Cores.'),
  memory: quantity.optional().describe('Bytes.'),
  'ephemeral-storage': quantity.optional().describe(DISK),
});

/** Without a request Kubernetes promises all of the limit, which nobody means. */
const promised = (cpu: string, memory: string) =>
  z
    .strictObject({
      cpu: quantity.default(cpu).describe('Cores.'),
      memory: quantity.default(memory).describe('Bytes.'),
      'ephemeral-storage': quantity.default('100Mi').describe(DISK),
    })
    .prefault({});

/** Processor and memory are limited where somebody says so; without a limit of the disk one user could fill that of all on the machine. */
const limited = z
  .strictObject({ ...resources.shape, 'ephemeral-storage': quantity.default('10Gi').describe(DISK) })
  .default({ cpu: '2', memory: '2Gi', 'ephemeral-storage': '10Gi' });

const home = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none').describe('An empty folder that goes with the desktop; its applications run in its own pod.') }),
  z.strictObject({
    kind: z.literal('persistentVolumeClaim').describe('A claim of its own for each user, made when it is first needed.'),
    keep: z.boolean().default(true).describe('Off: each desktop gets a new claim, which goes with it.'),
    size: quantity.default('5Gi').describe('Storage that the claim asks for.'),
    accessModes: z
      .array(z.enum(['ReadWriteOnce', 'ReadWriteMany', 'ReadWriteOncePod']))
      .min(1)
      .max(3)
      .default(['ReadWriteOnce'])
      .refine((modes) => !modes.includes('ReadWriteOncePod') || modes.length === 1, 'ReadWriteOncePod goes with no other mode')
      .describe('As in Kubernetes; with ReadWriteOncePod, applications run in the pod of the desktop only.'),
    storageClassName: objectName.optional().describe("The cluster's default where absent."),
  }),
  z.strictObject({
    kind: z.literal('existingClaim').describe('One claim for all users, each in a folder of it; its applications run as pods.'),
    claim: objectName.describe('Name of the PersistentVolumeClaim.'),
    subPath: z
      .string()
      .max(500)
      .regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$)).*\{user\}/, 'a relative path without .. that holds {user}')
      .default('{user}')
      .describe('Folder of a user; {user} stands for the id of the user.'),
    sameNode: z
      .boolean()
      .default(true)
      .describe(
        'Applications run on the machine of their desktop. Off: where they find room, for a claim that many machines may mount (ReadWriteMany).',
      ),
  }),
]);

/** The kinds that the restricted Pod Security level allows: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
const volume = z.strictObject({
  name: label.refine((name) => !name.startsWith('deskhand-'), 'begins with deskhand-, which is for volumes of Deskhand'),
  mountPath: z
    .string()
    .max(500)
    .regex(/^\/(?!.*(?:^|\/)\.\.(?:\/|$))[^:]+$/, 'an absolute path without ..')
    .refine(
      (path) =>
        !/^\/(?:(?:proc|sys|dev|run\/deskhand|tmp\/\.X11-unix|etc|usr|bin|lib|sbin|opt\/deskhand)?(?:\/|$)|(?:tmp|home\/user)\/?$)/.test(
          path,
        ),
      'a place that the desktop needs itself',
    )
    .describe('Where desktop and applications see it.'),
  readOnly: z.boolean().default(false).describe('Nobody may write to it.'),
  configMap: objectName.optional().describe('Name of a ConfigMap.'),
  secret: objectName.optional().describe('Name of a Secret.'),
  persistentVolumeClaim: objectName.optional().describe('Name of a claim that all desktops share.'),
  emptyDir: quantity.optional().describe('An empty folder of this size at most.'),
});
const SOURCES = ['configMap', 'secret', 'persistentVolumeClaim', 'emptyDir'] as const;

const toleration = z.strictObject({
  key: labelKey.optional(),
  operator: z.enum(['Equal', 'Exists']).optional(),
  value: labelValue.optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().min(0).optional(),
});

/** Every setting of a pod; a profile may set some of them anew. */
const podShape = {
  image: image.describe('Image of the desktop (k8s/images/desktop).'),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).describe('As in Kubernetes.'),
  imagePullSecrets: z.array(objectName).max(20).describe('Names of Secrets for the registry.'),
  requests: resources.describe('What a desktop is promised.'),
  limits: resources.describe('What a desktop, with all applications in its pod, may use at most.'),
  applicationRequests: resources.describe('What an application with a pod of its own is promised.'),
  applicationLimits: resources.describe('What an application with a pod of its own may use at most.'),
  shm: quantity.describe('Size of /dev/shm; it counts as memory of the pod.'),
  security: z
    .enum(['restricted', 'baseline'])
    .describe('Pod Security level; baseline keeps the capabilities of the container runtime and lets programs gain rights, such as sudo.'),
  home: home.describe('Where the files of a user are.'),
  volumes: z
    .array(volume)
    .max(50)
    .check((check) => {
      check.value.forEach((each, index) => {
        if (SOURCES.filter((source) => each[source] !== undefined).length !== 1)
          check.issues.push({ code: 'custom', path: [index], message: `needs exactly one of ${SOURCES.join(', ')}`, input: each });
        for (const key of ['name', 'mountPath'] as const) {
          const first = check.value.findIndex((other) => other[key] === each[key]);
          if (first < index)
            check.issues.push({ code: 'custom', path: [index, key], message: `is that of volumes[${first}] already`, input: each[key] });
        }
      });
    })
    .describe('More volumes, for desktops and their applications.'),
  env: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'a name of a variable')
        .refine((name) => !/^(?:DESKHAND_.*|DISPLAY|XAUTHORITY|HOME|USER|LOGNAME|LD_.*|NODE_OPTIONS)$/.test(name), 'is set by Deskhand'),
      z.string().max(4096),
    )
    .describe('More environment variables for desktops and their applications; no secrets.'),
  nodeSelector: z.record(labelKey, labelValue).describe('Labels of the machines that may run it.'),
  tolerations: z.array(toleration).max(50).describe('As in Kubernetes.'),
  priorityClassName: objectName.describe('As in Kubernetes.'),
  runtimeClassName: objectName.describe('As in Kubernetes, for instance of gVisor or Kata.'),
  schedulerName: objectName.describe('As in Kubernetes.'),
  annotations: z
    .record(
      labelKey
        .refine((key) => !/^(?:[a-z.]*\.)?deskhand\.io\//.test(key), 'belongs to Deskhand')
        .refine(
          (key) => !/^(?:[a-z.]*\.)?security\.(?:alpha|beta)\.kubernetes\.io\//.test(key),
          'weakens or replaces the security of the pod',
        ),
      z.string().max(4096),
    )
    .describe('More annotations of the pods.'),
  labels: ownLabels.describe('More labels of the pods.'),
} as const;

/** For `runtime.pod`: what is absent has a default. */
const podSchema = z.strictObject({
  ...podShape,
  imagePullPolicy: podShape.imagePullPolicy.default('IfNotPresent'),
  imagePullSecrets: podShape.imagePullSecrets.default([]),
  requests: promised('200m', '256Mi').describe('What a desktop is promised.'),
  limits: limited.describe('What a desktop, with all applications in its pod, may use at most.'),
  applicationRequests: promised('100m', '128Mi').describe('What an application with a pod of its own is promised.'),
  applicationLimits: limited.describe('What an application with a pod of its own may use at most.'),
  shm: podShape.shm.default('256Mi'),
  security: podShape.security.default('restricted'),
  home: podShape.home.default({ kind: 'none' }),
  volumes: podShape.volumes.default([]),
  env: podShape.env.default({}),
  nodeSelector: podShape.nodeSelector.default({}),
  tolerations: podShape.tolerations.default([]),
  priorityClassName: podShape.priorityClassName.optional(),
  runtimeClassName: podShape.runtimeClassName.optional(),
  schedulerName: podShape.schedulerName.optional(),
  annotations: podShape.annotations.default({}),
  labels: podShape.labels,
});

/** For `profiles[].pod`: what is absent is as in `runtime.pod`. */
export const podOverridesSchema = z.strictObject({ ...podShape, labels: ownLabels.unwrap() }).partial();

export const kubernetesRuntimeSchema = z.strictObject({
  kind: z.literal('kubernetes').describe('Desktops are pods of a cluster.'),
  namespace: label.default('deskhand').describe('Where the pods are; it must exist.'),
  kubeconfig: z
    .string()
    .min(1)
    .max(4096)
    .meta({ path: true })
    .optional()
    .describe('How to reach the cluster; absent: KUBECONFIG, or the service account of the pod that Deskhand runs in.'),
  serviceAccount: objectName.default('deskhand-desktop').describe('Service account of the pods; no token of it is mounted.'),
  applicationPods: z
    .boolean()
    .default(true)
    .describe('Applications may have pods of their own: the X server of a desktop then listens on TCP too, for those who have its key.'),
  podNetworks: z
    .array(z.union([z.cidrv4(), z.cidrv6()]))
    .min(1)
    .max(50)
    .default(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'])
    .describe('Networks that pods have addresses of: the gateway leads nobody elsewhere.'),
  pod: podSchema.describe('What every pod of a desktop looks like.'),
});

export type PodSettings = z.infer<typeof podSchema>;
export type PodOverrides = z.infer<typeof podOverridesSchema>;
export type HomeSettings = PodSettings['home'];
export type VolumeSettings = PodSettings['volumes'][number];
export type KubernetesRuntimeConfiguration = z.infer<typeof kubernetesRuntimeSchema>;
