/**
 * How long a person waits for an application: from POST to its window on the display, beside a bare PATCH of the same container, in one run. A kubelet that is
 * busy with a container that has just ended takes up to two seconds by chance; so launches keep a distance, and what comes before and after it is told apart.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { makeApplicationContainer } from '../../libs/runtime/src/kubernetes/application.manifest.js';
import type { Pod } from '../../libs/runtime/src/kubernetes/kubernetes.objects.js';
import type { KubernetesRig } from '../support/kubernetes-rig.js';
import { BareCluster } from './bare-cluster.js';
import { type Bench, inTurn, median, quantile, type Result } from './bench.js';
import { askedSince, onCluster } from './cluster-bench.js';
import { DesktopWindows } from './desktop-windows.js';
import { endDesktop, firstPicture } from './first-picture.js';
import { newestProcess } from './measure.js';

const PAIRS = 20;
const APPLICATION = 'terminal';
const PROGRAM = 'xterm';
/** Until the kubelet is through with the container that ended; and not always the same time after it. */
const CALM_MS = 3_000;
const CYCLE_MS = 2_000;

/** Moments of one launch, in milliseconds since the epoch. */
interface Launch {
  readonly asked: number;
  /** The apiserver has answered the patch. */
  readonly patched: number;
  /** The container's process began. */
  readonly began: number;
  readonly seen: number;
}

export const benchApplicationStart: Bench = () =>
  onCluster(async (rig, server) => {
    const desktop = await firstPicture(server.url);
    const pod = await rig.get<Pod>('pod', `deskhand-${desktop.id}-${desktop.run}`);
    const bare = new BareCluster(rig);
    const windows = await DesktopWindows.watch(desktop);
    const byHand = async (): Promise<void> => {
      const container = { engine: 'ephemeral-container', image: rig.cluster.images.terminal } as const;
      const id = randomUUID();
      const launch = { desktop: desktop.id, run: desktop.run, id, application: 'bare', command: ['/usr/bin/xterm'], container };
      const { env = [], ...made } = makeApplicationContainer(rig.podSettings(), pod, launch);
      // Nobody has announced it, so it must not look like a launch of ours.
      await bare.addContainer(pod.metadata?.name ?? '', { ...made, env: env.filter(({ name }) => !name.startsWith('DESKHAND_')) });
    };
    const byUs = async (): Promise<void> => {
      const { status } = await desktop.user.call('POST', `/api/v1/desktops/${desktop.id}/applications`, { application: APPLICATION });
      if (status !== 202) throw new Error(`the launch was answered with ${status}`);
    };
    const measure = async (open: () => Promise<void>): Promise<Launch> => {
      await pause(CALM_MS + Math.random() * CYCLE_MS);
      const asked = now();
      await open();
      const patched = now();
      await windows.untilOpen();
      const seen = now();
      const { began } = newestProcess(PROGRAM);
      await windows.closeAll();
      return { asked, patched, began, seen };
    };
    const { ours, floor } = await inTurn(
      PAIRS,
      async () => patchedByServer(rig, await measure(byUs)),
      () => measure(byHand),
    );
    windows.close();
    await endDesktop(desktop);
    return results(ours, floor);
  });

const now = (): number => performance.timeOrigin + performance.now();

/** POST is answered before the apiserver is asked: when that was, its audit log knows. */
function patchedByServer(rig: KubernetesRig, launch: Launch): Launch {
  const patch = askedSince(rig, launch.asked).find(({ objectRef }) => objectRef?.subresource === 'ephemeralcontainers');
  return { ...launch, patched: Date.parse(patch?.stageTimestamp ?? '') };
}

function results(ours: readonly Launch[], floor: readonly Launch[]): readonly Result[] {
  const beside = (metric: string, of: (launch: Launch) => number, statistic = median): Result & { readonly floor: number } => ({
    metric,
    unit: 'ms',
    ours: statistic(ours.map(of)),
    floor: statistic(floor.map(of)),
  });
  const whole = beside('POST to window, median', ({ asked, seen }) => seen - asked);
  const notKubelets = beside('the same without the kubelet: what is ours, median', ({ asked, patched, began, seen }) => {
    return patched - asked + (seen - began);
  });
  const total = whole.ours - whole.floor;
  const over = notKubelets.ours - notKubelets.floor;
  return [
    whole,
    beside(
      'POST to window, p95',
      ({ asked, seen }) => seen - asked,
      (values) => quantile(values, 0.95),
    ),
    beside('POST to the patch answered, median', ({ asked, patched }) => patched - asked),
    beside('the patch answered to the process (the kubelet), median', ({ patched, began }) => began - patched),
    beside('the process to its window, median', ({ began, seen }) => seen - began),
    notKubelets,
    { metric: 'above the floor without the kubelet', unit: 'ms', ours: over, aim: '<= 100', met: over <= 100 },
    { metric: 'above the floor as a whole, of the medians', unit: 'ms', ours: total, aim: '<= 100', met: total <= 100 },
  ];
}
