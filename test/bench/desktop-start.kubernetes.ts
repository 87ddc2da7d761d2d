/** How long a person waits for a desktop that is a pod, beside a bare pod with an X server; what it asks of the apiserver; and twenty at once. */
import type { KubernetesRig } from '../support/kubernetes-rig.js';
import type { StandaloneServer } from '../support/standalone.js';
import { BareCluster } from './bare-cluster.js';
import { type Bench, inTurn, quantile, type Result } from './bench.js';
import { agentInPod, askedSince, onCluster } from './cluster-bench.js';
import { endDesktop, type FirstPicture, firstPicture } from './first-picture.js';
import { agentResults, idleAgentRss, startOurs, startResults } from './start-results.js';

const PAIRS = 20;
const CROWD = 20;
const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

export const benchPodStart: Bench = () =>
  onCluster(async (rig, server) => {
    const bare = new BareCluster(rig);
    const since = Date.now();
    const { ours, floor } = await inTurn(
      PAIRS,
      () => startOurs(server, agentInPod),
      () => bare.measureDisplay(),
    );
    return [
      ...startResults(ours, floor),
      ...requestResults(rig, since, PAIRS + 1),
      ...(await commandResults(rig, server)),
      ...agentResults(ours, await idleAgentRss(server, agentInPod)),
      ...(await crowdResults(bare, server)),
    ];
  });

/** @param desktops how many were started and ended since then */
function requestResults(rig: KubernetesRig, since: number, desktops: number): readonly Result[] {
  const asked = askedSince(rig, since);
  const writes = asked.filter(({ verb }) => WRITES.has(verb)).length / desktops;
  const reads = asked.filter(({ verb }) => verb === 'list' || verb === 'get').length / desktops;
  const watches =
    asked.filter(({ verb, stage }) => verb === 'watch' && stage === 'ResponseStarted').length / ((Date.now() - since) / 60_000);
  return [
    { metric: 'writes to the apiserver per desktop, its end included', unit: '', ours: writes, aim: '<= 5', met: writes <= 5 },
    { metric: 'reads from the apiserver per desktop (no polling)', unit: '', ours: reads, aim: '<= 0.2', met: reads <= 0.2 },
    // Three, each at most every half minute of silence, and after each list.
    { metric: 'watches begun per minute, whatever the desktops', unit: '', ours: watches, aim: '<= 7', met: watches <= 7 },
  ];
}

/** From the answer to the command, which names its time, to the request for the pod. */
async function commandResults(rig: KubernetesRig, server: StandaloneServer): Promise<readonly Result[]> {
  const took: number[] = [];
  for (let count = 0; count < PAIRS; count++) {
    const since = Date.now();
    const desktop = await firstPicture(server.url);
    const { body } = await desktop.user.call('GET', `/api/v1/desktops/${desktop.id}`);
    const made = askedSince(rig, since).find(({ verb, objectRef }) => verb === 'create' && objectRef?.resource === 'pods');
    took.push(Date.parse(made?.requestReceivedTimestamp ?? '') - Date.parse(body.requestedAt));
    await endDesktop(desktop);
  }
  const p95 = quantile(took, 0.95);
  return [{ metric: 'command to pod-create, p95', unit: 'ms', ours: p95, aim: '<= 100', met: p95 <= 100 }];
}

/** All asked for at once, until the last of them has its first picture. */
async function crowdResults(bare: BareCluster, server: StandaloneServer): Promise<readonly Result[]> {
  const crowd = Array.from({ length: CROWD });
  const floorStarted = performance.now();
  const displays = await Promise.all(crowd.map(() => bare.startDisplay()));
  const floor = performance.now() - floorStarted;
  await Promise.all(displays.map(({ end }) => end()));
  const started = performance.now();
  const asked = await Promise.allSettled(crowd.map(() => firstPicture(server.url)));
  const ours = performance.now() - started;
  const ready = asked.filter((each): each is PromiseFulfilledResult<FirstPicture> => each.status === 'fulfilled').map(({ value }) => value);
  await Promise.all(ready.map(endDesktop));
  return [
    { metric: `${CROWD} desktops at once, ready`, unit: '', ours: ready.length, aim: `= ${CROWD}`, met: ready.length === CROWD },
    { metric: `${CROWD} desktops at once, until the last has its picture`, unit: 'ms', ours, floor },
  ];
}
