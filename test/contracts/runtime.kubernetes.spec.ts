/** The kubernetes runtime keeps the contract of runtimes, on a real cluster and under its own service account. */
import { describe } from 'vitest';
import { findCluster } from '../support/cluster.js';
import { KubernetesRig, secretOf } from '../support/kubernetes-rig.js';
import { runtimeContract } from './runtime.contract.js';

describe.skipIf(!findCluster())('on a cluster', () => {
  runtimeContract('kubernetes', async () => {
    const rig = await KubernetesRig.make('contract');
    return {
      runtime: rig.open(),
      another: async () => rig.open(),
      secretOf,
      crashDisplay: async (target) => void (await rig.exec(target, 'sh', '-c', 'kill -9 $(grep -l Xvnc /proc/[0-9]*/comm | cut -d/ -f3)')),
      dispose: () => rig.dispose(),
    };
  });
});
