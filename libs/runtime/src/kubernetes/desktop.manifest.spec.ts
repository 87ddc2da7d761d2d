/** What a desktop's objects look like, whole: whoever changes one sees all of it here. */
import { describe, expect, test } from 'vitest';
import { literal, makeClaim, makeDesktopPod, makeDesktopSecret, makeUserSecret } from './desktop.manifest.js';
import { installation, settings, spec } from './manifest.fixtures.js';

const podOf = (pod: object, desktop = spec) => makeDesktopPod(installation, settings(pod), desktop).spec;
const homeOf = (home: object) => {
  const pod = podOf({ home });
  return {
    volume: pod?.volumes?.find(({ name }) => name === 'deskhand-home'),
    mount: pod?.containers[0]?.volumeMounts?.find(({ name }) => name === 'deskhand-home'),
  };
};

describe('the pod of a desktop', () => {
  test('by default', () => {
    expect(makeDesktopPod(installation, settings(), spec)).toStrictEqual({
      apiVersion: 'v1',
      kind: 'Pod',
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
          'deskhand.io/user': 'u1',
          'deskhand.io/profile': 'standard',
        },
        annotations: { 'deskhand.io/user': 'Turanga Leela', 'deskhand.io/profile': 'standard' },
      },
      spec: {
        nodeSelector: {},
        tolerations: [],
        imagePullSecrets: [],
        restartPolicy: 'Never',
        serviceAccountName: 'deskhand-desktop',
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        hostname: 'desktop',
        terminationGracePeriodSeconds: 10,
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
            name: 'desktop',
            image: 'registry.example.org/desktop:1',
            imagePullPolicy: 'IfNotPresent',
            args: ['--config', '/run/deskhand/agent/agent.json'],
            env: [
              { name: 'HOME', value: '/home/user' },
              { name: 'USER', value: 'turanga-leela' },
              { name: 'LOGNAME', value: 'turanga-leela' },
              { name: 'TZ', value: 'Europe/Paris' },
              { name: 'LANGUAGE', value: 'fr_FR:fr' },
            ],
            ports: [
              { name: 'agent', containerPort: 8090, protocol: 'TCP' },
              { name: 'x11', containerPort: 6000, protocol: 'TCP' },
            ],
            resources: {
              requests: { cpu: '200m', memory: '256Mi', 'ephemeral-storage': '100Mi' },
              limits: { cpu: '2', memory: '2Gi', 'ephemeral-storage': '10Gi' },
            },
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'FallbackToLogsOnError',
            volumeMounts: [
              { name: 'deskhand-agent', mountPath: '/run/deskhand/agent', readOnly: true },
              { name: 'deskhand-x-authority', mountPath: '/run/deskhand/x', readOnly: true },
              { name: 'deskhand-run', mountPath: '/run/deskhand/run' },
              { name: 'deskhand-tmp', mountPath: '/tmp' },
              { name: 'deskhand-x-sockets', mountPath: '/tmp/.X11-unix' },
              { name: 'deskhand-shm', mountPath: '/dev/shm' },
              { name: 'deskhand-home', mountPath: '/home/user' },
            ],
          },
        ],
        volumes: [
          {
            name: 'deskhand-agent',
            secret: {
              secretName: 'deskhand-d1-3',
              defaultMode: 288,
              items: [
                { key: 'secret', path: 'secret' },
                { key: 'agent.json', path: 'agent.json' },
              ],
            },
          },
          {
            name: 'deskhand-x-authority',
            secret: {
              secretName: 'deskhand-d1-3',
              defaultMode: 288,
              items: [{ key: 'Xauthority', path: 'Xauthority' }],
            },
          },
          { name: 'deskhand-run', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
          { name: 'deskhand-x-sockets', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
          { name: 'deskhand-tmp', emptyDir: {} },
          { name: 'deskhand-shm', emptyDir: { medium: 'Memory', sizeLimit: '256Mi' } },
          { name: 'deskhand-home', emptyDir: {} },
        ],
      },
    });
  });

  test('with everything that a configuration can say', () => {
    const pod = makeDesktopPod(
      installation,
      settings({
        imagePullPolicy: 'Always',
        imagePullSecrets: ['registry'],
        requests: { cpu: '1', memory: '1Gi' },
        limits: { memory: '4Gi' },
        shm: '1Gi',
        security: 'baseline',
        volumes: [
          { name: 'scratch', mountPath: '/scratch', emptyDir: '1Gi' },
          { name: 'team', mountPath: '/team', persistentVolumeClaim: 'team', readOnly: true },
          { name: 'policies', mountPath: '/opt/policies', configMap: 'policies' },
          { name: 'key', mountPath: '/opt/key', secret: 'key' },
        ],
        env: { PRICE: '$(HOME) $5' },
        nodeSelector: { pool: 'desktops' },
        tolerations: [{ key: 'desktops', operator: 'Exists', effect: 'NoSchedule' }],
        priorityClassName: 'people',
        runtimeClassName: 'gvisor',
        schedulerName: 'own',
        annotations: { 'example.org/team': 'crew' },
        labels: { team: 'crew' },
      }),
      spec,
    );
    expect(pod.metadata?.labels).toMatchObject({ team: 'crew', 'app.kubernetes.io/instance': 'deskhand' });
    expect(pod.metadata?.annotations).toMatchObject({ 'example.org/team': 'crew' });
    expect(pod.spec).toMatchObject({
      imagePullSecrets: [{ name: 'registry' }],
      nodeSelector: { pool: 'desktops' },
      tolerations: [{ key: 'desktops', operator: 'Exists', effect: 'NoSchedule' }],
      priorityClassName: 'people',
      runtimeClassName: 'gvisor',
      schedulerName: 'own',
    });
    const [container] = pod.spec?.containers ?? [];
    expect(container).toMatchObject({
      imagePullPolicy: 'Always',
      resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '4Gi' } },
      securityContext: { allowPrivilegeEscalation: true, readOnlyRootFilesystem: true },
    });
    expect(container?.env).toContainEqual({ name: 'PRICE', value: '$$(HOME) $$5' });
    expect(container?.volumeMounts?.slice(-4)).toStrictEqual([
      { name: 'scratch', mountPath: '/scratch', readOnly: false },
      { name: 'team', mountPath: '/team', readOnly: true },
      { name: 'policies', mountPath: '/opt/policies', readOnly: false },
      { name: 'key', mountPath: '/opt/key', readOnly: false },
    ]);
    expect(pod.spec?.volumes?.slice(-4)).toStrictEqual([
      { name: 'scratch', emptyDir: { sizeLimit: '1Gi' } },
      { name: 'team', persistentVolumeClaim: { claimName: 'team', readOnly: true } },
      { name: 'policies', configMap: { name: 'policies' } },
      { name: 'key', secret: { secretName: 'key', defaultMode: 0o440 } },
    ]);
  });

  test('without application pods nobody can reach X from outside', () => {
    const pod = makeDesktopPod({ ...installation, applicationPods: false }, settings(), spec);
    expect(pod.spec?.containers[0]?.ports).toStrictEqual([{ name: 'agent', containerPort: 8090, protocol: 'TCP' }]);
  });

  test('what the login made for the user is a folder of its own', () => {
    const pod = podOf({}, { ...spec, userFiles: { krb5cc: new Uint8Array([1]) } });
    expect(pod?.volumes).toContainEqual({ name: 'deskhand-user', secret: { secretName: 'deskhand-d1-3-user', defaultMode: 0o440 } });
    expect(pod?.containers[0]?.volumeMounts).toContainEqual({ name: 'deskhand-user', mountPath: '/run/deskhand/user', readOnly: true });
  });

  test('no secret is anywhere in it', () => {
    const text = JSON.stringify(makeDesktopPod(installation, settings(), spec));
    for (const encoding of ['base64', 'base64url', 'hex'] as const) expect(text).not.toContain(Buffer.from(spec.secret).toString(encoding));
  });
});

describe('homes', () => {
  test('a claim that is kept is the same for every run', () => {
    const home = { kind: 'persistentVolumeClaim', storageClassName: 'fast', size: '2Gi' };
    expect(homeOf(home)).toStrictEqual({
      volume: { name: 'deskhand-home', persistentVolumeClaim: { claimName: 'deskhand-home-u1' } },
      mount: { name: 'deskhand-home', mountPath: '/home/user' },
    });
    expect(makeClaim(installation, settings({ home }), spec)).toMatchObject({
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } }, storageClassName: 'fast' },
    });
  });
  test('a claim that is not kept goes with the pod', () => {
    const home = { kind: 'persistentVolumeClaim', keep: false, accessModes: ['ReadWriteMany'] };
    expect(homeOf(home).volume).toStrictEqual({
      name: 'deskhand-home',
      ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '5Gi' } } } } },
    });
    expect(makeClaim(installation, settings({ home }), spec)).toBeUndefined();
  });
  test('a folder of a claim that is there', () => {
    const home = { kind: 'existingClaim', claim: 'homes', subPath: 'users/{user}/home' };
    expect(homeOf(home)).toStrictEqual({
      volume: { name: 'deskhand-home', persistentVolumeClaim: { claimName: 'homes' } },
      mount: { name: 'deskhand-home', mountPath: '/home/user', subPath: 'users/u1/home' },
    });
    expect(makeClaim(installation, settings({ home }), spec)).toBeUndefined();
  });
});

describe('the objects beside it', () => {
  test('the Secret of the run', () => {
    const secret = makeDesktopSecret(installation, spec, new Uint8Array(16).fill(1));
    expect(secret).toStrictEqual({
      apiVersion: 'v1',
      kind: 'Secret',
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
      },
      type: 'Opaque',
      immutable: true,
      data: {
        secret: 'QndjSEJ3Y0hCd2NIQndjSEJ3Y0hCd2NIQndjSEJ3Y0hCd2NIQndjSEJ3Yw==',
        'agent.json': expect.any(String),
        Xauthority: '//8AAAAAABJNSVQtTUFHSUMtQ09PS0lFLTEAEAEBAQEBAQEBAQEBAQEBAQE=',
      },
    });
    expect(JSON.parse(Buffer.from(secret.data?.['agent.json'] ?? '', 'base64').toString())).toStrictEqual({
      desktop: 'd1',
      run: 3,
      listen: { host: '*', port: 8090 },
      secretFile: '/run/deskhand/agent/secret',
      authorityFile: '/run/deskhand/x/Xauthority',
      failureFile: '/dev/termination-log',
      displayNumber: 0,
      listenTcp: true,
      folder: '/run/deskhand/run',
      home: '/home/user',
      userName: 'turanga-leela',
      width: 1280,
      height: 800,
      timezone: 'Europe/Paris',
      locale: 'fr-FR',
    });
  });
  test('the Secret of the user', () => {
    expect(makeUserSecret(installation, { ...spec, userFiles: { krb5cc: new Uint8Array([1, 2]) } })).toStrictEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'deskhand-d1-3-user',
        namespace: 'desktops',
        labels: {
          'app.kubernetes.io/name': 'deskhand',
          'app.kubernetes.io/instance': 'deskhand',
          'app.kubernetes.io/managed-by': 'deskhand',
          'app.kubernetes.io/component': 'desktop',
          'deskhand.io/desktop': 'd1',
          'deskhand.io/run': '3',
        },
      },
      type: 'Opaque',
      immutable: true,
      data: { krb5cc: 'AQI=' },
    });
    expect(makeUserSecret(installation, spec)).toBeUndefined();
  });
  test('the claim of the user', () => {
    expect(makeClaim(installation, settings({ home: { kind: 'persistentVolumeClaim' } }), spec)).toStrictEqual({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: 'deskhand-home-u1',
        namespace: 'desktops',
        labels: {
          'app.kubernetes.io/name': 'deskhand',
          'app.kubernetes.io/instance': 'deskhand',
          'app.kubernetes.io/managed-by': 'deskhand',
          'app.kubernetes.io/component': 'home',
          'deskhand.io/user': 'u1',
        },
        annotations: { 'deskhand.io/user': 'Turanga Leela' },
      },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } },
    });
  });
});

test.each([
  ['$(HOME)', '$$(HOME)'],
  ['$$(HOME)', '$$$$(HOME)'],
  ['a $ b', 'a $$ b'],
])('%s reaches the program as it is', (text, written) => {
  expect(literal(text)).toBe(written);
});
