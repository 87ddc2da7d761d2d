/** What a profile's pods have other than those of all others; and which combinations nobody can have. */
import { describe, expect, test } from 'vitest';
import { configurationSchema } from './configuration.schema.js';
import { podSettingsOf } from './pod-settings.js';

const configuration = (pod: object, overrides: object, runtime: object = {}) =>
  configurationSchema.safeParse({
    runtime: { kind: 'kubernetes', pod: { image: 'desktop:1', ...pod }, ...runtime },
    profiles: [{ name: 'large', displayName: 'Large', pod: overrides }],
  });
const settings = (pod: object, overrides: object) => podSettingsOf(configuration(pod, overrides).data ?? expect.fail(), 'large');
const paths = (result: ReturnType<typeof configuration>) => [...new Set(result.error?.issues.map(({ path }) => path.join('.')))];

describe('the settings of a profile', () => {
  test('maps are merged, the rest is replaced', () => {
    const merged = settings(
      {
        env: { A: '1', B: '1' },
        limits: { cpu: '1', memory: '1Gi' },
        tolerations: [{ key: 'a' }],
        home: { kind: 'persistentVolumeClaim', size: '1Gi' },
      },
      { env: { B: '2' }, limits: { memory: '8Gi' }, tolerations: [{ key: 'b' }], home: { kind: 'none' }, image: 'large:1' },
    );
    expect(merged).toMatchObject({
      image: 'large:1',
      env: { A: '1', B: '2' },
      limits: { cpu: '1', memory: '8Gi' },
      tolerations: [{ key: 'b' }],
      home: { kind: 'none' },
    });
  });
  test('a profile that is not there, or says nothing, has the common ones', () => {
    const { data } = configuration({ shm: '1Gi' }, {});
    expect(podSettingsOf(data ?? expect.fail(), 'large')).toStrictEqual(podSettingsOf(data ?? expect.fail(), 'unknown'));
  });
  test('who says less than all of a promise still promises the rest', () => {
    expect(settings({ requests: { memory: '1Gi' } }, {}).requests).toStrictEqual({
      cpu: '200m',
      memory: '1Gi',
      'ephemeral-storage': '100Mi',
    });
  });
  test('who limits something else still limits the disk', () => {
    expect(settings({ limits: { memory: '1Gi' } }, {}).limits).toStrictEqual({ memory: '1Gi', 'ephemeral-storage': '10Gi' });
  });
  test('without pods there are none', () => {
    expect(() => podSettingsOf(configurationSchema.parse({}), 'standard')).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
  });
});

describe('refused at start, with its path', () => {
  const shared = { kind: 'existingClaim', claim: 'homes' };
  test.each<[string, ReturnType<typeof configuration>, string[]]>([
    ['a field that is not ours to give away', configuration({ hostNetwork: true }, {}), ['runtime.pod']],
    ['the same in a profile', configuration({}, { privileged: true }), ['profiles.0.pod']],
    [
      'a folder of the machine',
      configuration({ volumes: [{ name: 'host', mountPath: '/host', hostPath: '/' }] }, {}),
      ['runtime.pod.volumes.0'],
    ],
    ['a volume of nothing', configuration({ volumes: [{ name: 'x', mountPath: '/x' }] }, {}), ['runtime.pod.volumes.0']],
    [
      'a volume over the system',
      configuration({ volumes: [{ name: 'x', mountPath: '/etc', emptyDir: '1Mi' }] }, {}),
      ['runtime.pod.volumes.0.mountPath'],
    ],
    [
      'a volume over the home',
      configuration({ volumes: [{ name: 'x', mountPath: '/home/user/', emptyDir: '1Mi' }] }, {}),
      ['runtime.pod.volumes.0.mountPath'],
    ],
    [
      'two volumes of one name in one place',
      configuration({ volumes: [1, 2].map(() => ({ name: 'x', mountPath: '/x', emptyDir: '1Mi' })) }, {}),
      ['runtime.pod.volumes.1.name', 'runtime.pod.volumes.1.mountPath'],
    ],
    [
      'a claim for one pod and for more',
      configuration({ home: { kind: 'persistentVolumeClaim', accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] } }, {}),
      ['runtime.pod.home.accessModes'],
    ],
    ['a variable that Deskhand sets', configuration({ env: { LD_PRELOAD: '/x.so' } }, {}), ['runtime.pod.env.LD_PRELOAD']],
    [
      'a label of Kubernetes',
      configuration({ labels: { 'app.kubernetes.io/instance': 'x' } }, {}),
      ['runtime.pod.labels.app.kubernetes.io/instance'],
    ],
    [
      'an annotation that takes the confinement away',
      configuration({ annotations: { 'container.apparmor.security.beta.kubernetes.io/desktop': 'unconfined' } }, {}),
      ['runtime.pod.annotations.container.apparmor.security.beta.kubernetes.io/desktop'],
    ],
    [
      'the same in a profile',
      configuration({}, { annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' } }),
      ['profiles.0.pod.annotations.seccomp.security.alpha.kubernetes.io/pod'],
    ],
    [
      'an annotation of Deskhand',
      configuration({ annotations: { 'deskhand.io/profile': 'x' } }, {}),
      ['runtime.pod.annotations.deskhand.io/profile'],
    ],
    ['a quantity that is none', configuration({ shm: 'lots' }, {}), ['runtime.pod.shm']],
    ['a way out of the folder of a user', configuration({ home: { ...shared, subPath: '../{user}' } }, {}), ['runtime.pod.home.subPath']],
    ['one folder for everybody', configuration({ home: { ...shared, subPath: 'all' } }, {}), ['runtime.pod.home.subPath']],
    ['a promise above the limit', configuration({ requests: { cpu: '2' }, limits: { cpu: '500m' } }, {}), ['runtime.pod.requests.cpu']],
    ['a limit below the usual promise', configuration({ limits: { memory: '100M' } }, {}), ['runtime.pod.requests.memory']],
    ['the same in a profile', configuration({}, { applicationLimits: { memory: '64Mi' } }), ['profiles.0.pod.applicationRequests.memory']],
    [
      'a shared claim without pods for applications',
      configuration({ home: shared }, {}, { applicationPods: false }),
      ['runtime.pod.home.kind'],
    ],
    ['the same in a profile only', configuration({}, { home: shared }, { applicationPods: false }), ['profiles.0.pod.home.kind']],
  ])('%s', (_title, result, expected) => {
    expect(paths(result)).toStrictEqual(expected);
  });
});
