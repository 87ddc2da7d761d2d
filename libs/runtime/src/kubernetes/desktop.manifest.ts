/** Makes the pod of a desktop and the Secrets that it mounts. Pure: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ */
import type { PodSettings } from '#libs/common';
import { ANY_ADDRESS, authorityEntry } from '#libs/display';
import { loginName } from '../login-name.js';
import type { DesktopSpec } from '../runtime.js';
import {
  AGENT_PORT,
  DESKTOP_CONTAINER,
  DISPLAY_NUMBER,
  homeName,
  installationLabels,
  LABEL,
  labelValueOf,
  runLabels,
  runName,
  X_PORT,
} from './kubernetes.names.js';
import type { EnvVar, PersistentVolumeClaim, Pod, PodSpec, Secret } from './kubernetes.objects.js';
import { containerSecurity, podSecurity } from './pod-security.manifest.js';
import { desktopMounts, desktopVolumes, makeHomeClaim, PLACES, SECRET_KEYS, userSecretName } from './pod-volumes.manifest.js';

/** What all pods of an installation have in common. */
export interface Installation {
  readonly id: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Whether applications may have pods of their own: X then listens on TCP too. */
  readonly applicationPods: boolean;
}

/** Applications get 3 s of it, the display 2 s; then the kubelet kills. */
const GRACE_SECONDS = 10;
/** Where the kubelet reads why a container ended. */
const TERMINATION_LOG = '/dev/termination-log';

export function makeDesktopPod(installation: Installation, settings: PodSettings, spec: DesktopSpec): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: runName(installation.id, spec),
      namespace: installation.namespace,
      labels: {
        ...settings.labels,
        ...runLabels(installation.id, spec, 'desktop'),
        [LABEL.user]: spec.user,
        [LABEL.profile]: labelValueOf(spec.profile),
      },
      annotations: { ...settings.annotations, [LABEL.user]: spec.userName.slice(0, 200), [LABEL.profile]: spec.profile },
    },
    spec: {
      ...placement(settings),
      ...housekeeping(installation),
      hostname: 'desktop',
      terminationGracePeriodSeconds: GRACE_SECONDS,
      securityContext: podSecurity(),
      containers: [
        {
          name: DESKTOP_CONTAINER,
          image: settings.image,
          imagePullPolicy: settings.imagePullPolicy,
          args: ['--config', `${PLACES.agent}/${SECRET_KEYS.configuration}`],
          env: userEnvironment(settings, spec),
          ports: [
            { name: 'agent', containerPort: AGENT_PORT, protocol: 'TCP' },
            ...(installation.applicationPods ? [{ name: 'x11', containerPort: X_PORT, protocol: 'TCP' }] : []),
          ],
          resources: { requests: settings.requests, limits: settings.limits },
          securityContext: { ...containerSecurity(settings.security), readOnlyRootFilesystem: true },
          terminationMessagePath: TERMINATION_LOG,
          terminationMessagePolicy: 'FallbackToLogsOnError',
          volumeMounts: desktopMounts(settings, spec),
        },
      ],
      volumes: desktopVolumes(installation.id, settings, spec),
    },
  };
}

/** @param cookie of the X server, 16 random bytes */
export function makeDesktopSecret(installation: Installation, spec: DesktopSpec, cookie: Uint8Array): Secret {
  const configuration = JSON.stringify(agentConfiguration(installation, spec));
  return secretOf(installation, spec, runName(installation.id, spec), {
    [SECRET_KEYS.secret]: Buffer.from(Buffer.from(spec.secret).toString('base64url')),
    [SECRET_KEYS.configuration]: Buffer.from(configuration),
    [SECRET_KEYS.authority]: authorityEntry(cookie),
  });
}

/** What the login made for the user; undefined where it made nothing. */
export function makeUserSecret(installation: Installation, spec: DesktopSpec): Secret | undefined {
  return spec.userFiles && secretOf(installation, spec, userSecretName(runName(installation.id, spec)), spec.userFiles);
}

/** The claim of the user's home, for profiles that keep one; undefined for all others. */
export function makeClaim(
  { id, namespace }: Installation,
  { home }: PodSettings,
  { user, userName }: DesktopSpec,
): PersistentVolumeClaim | undefined {
  if (home.kind !== 'persistentVolumeClaim' || !home.keep) return undefined;
  const labels = { ...installationLabels(id), [LABEL.component]: 'home', [LABEL.user]: user };
  return makeHomeClaim({ name: homeName(id, user), namespace, labels, annotations: { [LABEL.user]: userName.slice(0, 200) } }, home);
}

/** Garbage collected with the pod: https://kubernetes.io/docs/concepts/architecture/garbage-collection/ */
export const ownedBy = (pod: Pod) => [{ apiVersion: 'v1', kind: 'Pod', name: pod.metadata?.name ?? '', uid: pod.metadata?.uid ?? '' }];

/** Where a pod may run. */
export function placement({
  nodeSelector,
  tolerations,
  priorityClassName,
  runtimeClassName,
  schedulerName,
  imagePullSecrets,
}: PodSettings): Partial<PodSpec> {
  return {
    nodeSelector,
    tolerations,
    imagePullSecrets: imagePullSecrets.map((name) => ({ name })),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
    ...(runtimeClassName === undefined ? {} : { runtimeClassName }),
    ...(schedulerName === undefined ? {} : { schedulerName }),
  };
}

/** No token of the cluster and no list of its services gets into a pod, and none starts a second time. */
export const housekeeping = ({ serviceAccount }: Installation): Partial<PodSpec> => ({
  restartPolicy: 'Never',
  serviceAccountName: serviceAccount,
  automountServiceAccountToken: false,
  enableServiceLinks: false,
});

function secretOf({ id, namespace }: Installation, spec: DesktopSpec, name: string, files: Readonly<Record<string, Uint8Array>>): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: runLabels(id, spec, 'desktop') },
    type: 'Opaque',
    immutable: true,
    data: Object.fromEntries(Object.entries(files).map(([key, bytes]) => [key, Buffer.from(bytes).toString('base64')])),
  };
}

/** docs/agent-protocol.md, "Start". */
function agentConfiguration({ applicationPods }: Installation, spec: DesktopSpec): object {
  const { desktop, run, userName, width, height, timezone, locale } = spec;
  return {
    desktop,
    run,
    listen: { host: ANY_ADDRESS, port: AGENT_PORT },
    secretFile: `${PLACES.agent}/${SECRET_KEYS.secret}`,
    authorityFile: `${PLACES.authority}/${SECRET_KEYS.authority}`,
    failureFile: TERMINATION_LOG,
    displayNumber: DISPLAY_NUMBER,
    listenTcp: applicationPods,
    folder: PLACES.run,
    home: PLACES.home,
    userName: loginName(userName),
    width,
    height,
    timezone,
    locale,
  };
}

/** What desktop and applications share of their environment. */
function userEnvironment({ env }: PodSettings, { userName, timezone, locale }: DesktopSpec): EnvVar[] {
  const name = loginName(userName);
  const variables = {
    ...env,
    HOME: PLACES.home,
    USER: name,
    LOGNAME: name,
    ...(timezone === undefined ? {} : { TZ: timezone }),
    // Not LANG: whether an image has the locale, only the image knows.
    ...(locale === undefined ? {} : { LANGUAGE: languagesOf(locale) }),
  };
  return Object.entries(variables).map(([key, value]) => ({ name: key, value: literal(value) }));
}

/** Kubernetes replaces `$(NAME)` in commands and variables; this is the text itself. */
export const literal = (text: string): string => text.replaceAll('$', '$$$$');

/** As gettext(3) wants it: `fr-FR` becomes `fr_FR:fr`. */
function languagesOf(tag: string): string {
  const { language, region } = new Intl.Locale(tag).maximize();
  return `${language}_${region}:${language}`;
}
