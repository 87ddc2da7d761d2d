/** The same life of a desktop that is a pod: whatever the control plane was killed between, its objects are whole, and none of them is left. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findCluster, makeVolume } from '../support/cluster.js';
import { dieEverywhere, disposeOfLives, live, type Scene } from '../support/killed-lives.js';
import { KubernetesRig } from '../support/kubernetes-rig.js';

interface Objects {
  readonly items: readonly {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly uid: string; readonly ownerReferences?: readonly { readonly uid: string }[] };
  }[];
}

describe.skipIf(!findCluster())('a control plane on a cluster', () => {
  let rig: KubernetesRig;
  let scene: Scene;
  let lives = 0;

  beforeAll(async () => {
    rig = await KubernetesRig.make('crashes');
    const objectsOf = async (desktop: string) =>
      (await rig.get<Objects>('pods,secrets,networkpolicies', '-l', `deskhand.io/desktop=${desktop}`)).items;
    scene = {
      async configuration() {
        // Each life has a user of its own. A volume that pods can share, as the editor has a pod of its own.
        const storageClassName = `${rig.namespace}-${++lives}`;
        await makeVolume(rig.cluster, storageClassName);
        const pod = { home: { kind: 'persistentVolumeClaim', storageClassName }, applicationRequests: { cpu: '10m', memory: '64Mi' } };
        return { runtime: rig.runtimeSettings(pod), catalogue: { folders: [], images: [rig.cluster.inspect] } };
      },
      applications: ['terminal', 'editor'],
      async whole(desktop) {
        const objects = await objectsOf(desktop);
        const pod = objects.find(({ kind }) => kind === 'Pod');
        const secrets = objects.filter(({ kind }) => kind === 'Secret');
        expect(secrets.map(({ metadata }) => metadata.ownerReferences?.map(({ uid }) => uid))).toStrictEqual([[pod?.metadata.uid]]);
      },
      left: async (desktop) => (await objectsOf(desktop)).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      atOnce: 1,
    };
  });
  afterEach(disposeOfLives);
  afterAll(() => rig.dispose());

  it('is killed at every boundary of create, launch and stop, and ends like one that was left in peace', { timeout: 900_000 }, async () => {
    const peace = await live(scene, false);
    const ofApplication = ['ApplicationLaunchRequested', 'ApplicationStarted', 'ApplicationStopRequested', 'ApplicationExited'];
    expect(peace.events).toStrictEqual([
      'DesktopRequested',
      'DesktopScheduled',
      'DesktopBecameReady',
      ...ofApplication,
      ...ofApplication,
      'DesktopStopRequested',
      'DesktopStopped',
    ]);
    expect([...peace.met].sort()).toStrictEqual(
      [
        ...new Set(peace.events.map((type) => `after ${type}`)),
        ...['start-desktop', 'start-application', 'stop-application', 'stop-desktop'].map((action) => `after ${action}`),
        ...['secrets and pod', 'pod and owners of secrets', 'announcement and container'].map((effects) => `between ${effects}`),
      ].sort(),
    );
    await dieEverywhere(scene, peace);
  });
});
