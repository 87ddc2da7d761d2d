/** What an application runs in, whole. */
import { describe, expect, test } from 'vitest';
import { makeApplicationContainer, makeApplicationPod, makeDisplayPolicy, type PlacedApplication } from './application.manifest.js';
import { makeDesktopPod } from './desktop.manifest.js';
import { accepted, installation, settings, spec } from './manifest.fixtures.js';

const desktop = (pod: object = {}) => accepted(makeDesktopPod(installation, settings(pod), spec));
const launch: PlacedApplication = {
  desktop: 'd1',
  run: 3,
  id: 'l1',
  application: 'Text Editor',
  command: ['/usr/bin/editor', '$(HOME)', '; rm -rf /'],
  container: { engine: 'pod', image: 'editor:1' },
};
const podWith = (pod: object) => makeApplicationPod(installation, settings(pod), desktop(pod), launch).spec;

test('an ephemeral container', () => {
  expect(makeApplicationContainer(settings(), desktop(), launch)).toStrictEqual({
    name: 'app-l1',
    targetContainerName: 'desktop',
    image: 'editor:1',
    imagePullPolicy: 'IfNotPresent',
    command: ['/usr/bin/editor'],
    args: ['$$(HOME)', '; rm -rf /'],
    workingDir: '/home/user',
    terminationMessagePolicy: 'FallbackToLogsOnError',
    env: [
      { name: 'HOME', value: '/home/user' },
      { name: 'USER', value: 'turanga-leela' },
      { name: 'LOGNAME', value: 'turanga-leela' },
      { name: 'TZ', value: 'Europe/Paris' },
      { name: 'LANGUAGE', value: 'fr_FR:fr' },
      { name: 'DISPLAY', value: ':0' },
      { name: 'XAUTHORITY', value: '/run/deskhand/x/Xauthority' },
      { name: 'DESKHAND_RUN', value: 'd1/3@/run/deskhand/run' },
      { name: 'DESKHAND_APPLICATION', value: 'l1' },
    ],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'deskhand-x-authority', mountPath: '/run/deskhand/x', readOnly: true },
      { name: 'deskhand-tmp', mountPath: '/tmp' },
      { name: 'deskhand-x-sockets', mountPath: '/tmp/.X11-unix' },
      { name: 'deskhand-shm', mountPath: '/dev/shm' },
      { name: 'deskhand-home', mountPath: '/home/user' },
    ],
  });
});

test('a pod', () => {
  expect(makeApplicationPod(installation, settings(), desktop(), launch)).toStrictEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'deskhand-d1-3-l1',
      namespace: 'desktops',
      labels: {
        'app.kubernetes.io/name': 'deskhand',
        'app.kubernetes.io/instance': 'deskhand',
        'app.kubernetes.io/managed-by': 'deskhand',
        'app.kubernetes.io/component': 'application',
        'deskhand.io/desktop': 'd1',
        'deskhand.io/run': '3',
        'deskhand.io/launch': 'l1',
        'deskhand.io/application': 'Text-Editor',
      },
      annotations: {},
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'deskhand-d1-3', uid: 'uid-1' }],
    },
    spec: {
      nodeSelector: {},
      tolerations: [],
      imagePullSecrets: [],
      restartPolicy: 'Never',
      serviceAccountName: 'deskhand-desktop',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      affinity: {
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: {
                labelSelector: {
                  matchLabels: {
                    'app.kubernetes.io/name': 'deskhand',
                    'app.kubernetes.io/instance': 'deskhand',
                    'app.kubernetes.io/managed-by': 'deskhand',
                    'app.kubernetes.io/component': 'desktop',
                    'deskhand.io/desktop': 'd1',
                    'deskhand.io/run': '3',
                  },
                },
                topologyKey: 'kubernetes.io/hostname',
              },
            },
          ],
        },
      },
      hostname: 'text-editor-2804ba',
      shareProcessNamespace: true,
      terminationGracePeriodSeconds: 3,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        fsGroup: 1000,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'application',
          image: 'editor:1',
          imagePullPolicy: 'IfNotPresent',
          command: ['/usr/bin/editor'],
          args: ['$$(HOME)', '; rm -rf /'],
          workingDir: '/home/user',
          terminationMessagePolicy: 'FallbackToLogsOnError',
          env: [
            { name: 'HOME', value: '/home/user' },
            { name: 'USER', value: 'turanga-leela' },
            { name: 'LOGNAME', value: 'turanga-leela' },
            { name: 'TZ', value: 'Europe/Paris' },
            { name: 'LANGUAGE', value: 'fr_FR:fr' },
            { name: 'DISPLAY', value: '10.1.2.3:0' },
            { name: 'XAUTHORITY', value: '/run/deskhand/x/Xauthority' },
            { name: 'DESKHAND_RUN', value: 'd1/3@/run/deskhand/run' },
            { name: 'DESKHAND_APPLICATION', value: 'l1' },
          ],
          resources: {
            requests: { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '100Mi' },
            limits: { cpu: '2', memory: '2Gi', 'ephemeral-storage': '10Gi' },
          },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          volumeMounts: [
            { name: 'deskhand-x-authority', mountPath: '/run/deskhand/x', readOnly: true },
            { name: 'deskhand-tmp', mountPath: '/tmp' },
            { name: 'deskhand-shm', mountPath: '/dev/shm' },
            { name: 'deskhand-home', mountPath: '/home/user' },
          ],
        },
      ],
      volumes: [
        {
          name: 'deskhand-x-authority',
          secret: {
            secretName: 'deskhand-d1-3',
            defaultMode: 288,
            items: [{ key: 'Xauthority', path: 'Xauthority' }],
          },
        },
        { name: 'deskhand-tmp', emptyDir: {} },
        { name: 'deskhand-shm', emptyDir: { medium: 'Memory', sizeLimit: '256Mi' } },
        { name: 'deskhand-home', emptyDir: {} },
      ],
    },
  });
});

test('the policy of a display', () => {
  expect(makeDisplayPolicy(installation, desktop(), launch, 8090)).toStrictEqual({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: 'deskhand-d1-3',
      namespace: 'desktops',
      labels: {
        'app.kubernetes.io/name': 'deskhand',
        'app.kubernetes.io/instance': 'deskhand',
        'app.kubernetes.io/managed-by': 'deskhand',
        'app.kubernetes.io/component': 'desktop',
        'deskhand.io/desktop': 'd1',
        'deskhand.io/run': '3',
      },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'deskhand-d1-3', uid: 'uid-1' }],
    },
    spec: {
      podSelector: {
        matchLabels: {
          'app.kubernetes.io/name': 'deskhand',
          'app.kubernetes.io/instance': 'deskhand',
          'app.kubernetes.io/managed-by': 'deskhand',
          'app.kubernetes.io/component': 'desktop',
          'deskhand.io/desktop': 'd1',
          'deskhand.io/run': '3',
        },
      },
      policyTypes: ['Ingress'],
      ingress: [
        { ports: [{ protocol: 'TCP', port: 8090 }] },
        {
          from: [
            {
              podSelector: {
                matchLabels: {
                  'app.kubernetes.io/name': 'deskhand',
                  'app.kubernetes.io/instance': 'deskhand',
                  'app.kubernetes.io/managed-by': 'deskhand',
                  'app.kubernetes.io/component': 'application',
                  'deskhand.io/desktop': 'd1',
                  'deskhand.io/run': '3',
                },
              },
            },
          ],
          ports: [{ protocol: 'TCP', port: 6000 }],
        },
      ],
    },
  });
});

describe('a pod beside a home', () => {
  const claim = { kind: 'persistentVolumeClaim' };
  test('that one machine alone can use has to run there', () => {
    expect(podWith({ home: claim })?.affinity?.podAffinity).toHaveProperty('requiredDuringSchedulingIgnoredDuringExecution');
    expect(podWith({ home: { ...claim, accessModes: ['ReadWriteMany'] } })?.affinity?.podAffinity).toHaveProperty(
      'preferredDuringSchedulingIgnoredDuringExecution',
    );
  });
  test('that goes with the desktop mounts the claim that Kubernetes made for it', () => {
    const volumes = podWith({ home: { ...claim, keep: false } })?.volumes;
    expect(volumes).toContainEqual({ name: 'deskhand-home', persistentVolumeClaim: { claimName: 'deskhand-d1-3-deskhand-home' } });
  });
  test('that is a folder of a claim mounts the same folder', () => {
    const mounts = podWith({ home: { kind: 'existingClaim', claim: 'homes' } })?.containers[0]?.volumeMounts;
    expect(mounts).toContainEqual({ name: 'deskhand-home', mountPath: '/home/user', subPath: 'u1' });
  });
});

test('no application sees the secret of the agent', () => {
  const mounts = [
    ...(makeApplicationContainer(settings(), desktop(), launch).volumeMounts ?? []),
    ...(podWith({})?.containers[0]?.volumeMounts ?? []),
  ];
  expect(mounts.map(({ name }) => name)).not.toContain('deskhand-agent');
  expect(podWith({})?.volumes?.map(({ name }) => name)).not.toContain('deskhand-agent');
});
