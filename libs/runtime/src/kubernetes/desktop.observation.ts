/** Reads what a desktop's pod says of itself. Pure: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/ */
import type { Cause, Endpoint, ObservedRun } from '../runtime.js';
import { desktopEndOf, detailOf, waitingOf } from './container.observation.js';
import { AGENT_PORT, DESKTOP_CONTAINER } from './kubernetes.names.js';
import type { Pod } from './kubernetes.objects.js';

export interface ObservedPod extends Pick<ObservedRun, 'waitingFor' | 'startedAt' | 'endpoint' | 'cause'> {
  /** `running` is for the agent to say. */
  readonly phase: 'pending' | 'preparing' | 'starting' | 'terminating' | 'ended';
}

/** Reasons of the condition DisruptionTarget: https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions */
const NODE_HAS_GONE = new Set(['DeletionByPodGC', 'DeletionByTaintManager']);

export function observePod(pod: Pod): ObservedPod {
  const { status = {}, metadata } = pod;
  const { state } = status.containerStatuses?.find(({ name }) => name === DESKTOP_CONTAINER) ?? {};
  if (metadata?.deletionTimestamp) return { phase: 'terminating', cause: removalOf(pod) };
  if (status.phase === 'Failed' || status.phase === 'Succeeded' || state?.terminated) {
    const cause = disruptionOf(pod) ?? (state?.terminated ? desktopEndOf(state.terminated) : refusalOf(pod));
    return { phase: 'ended', cause };
  }
  const scheduled = status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'True') {
    return scheduled?.reason === 'Unschedulable'
      ? { phase: 'pending', waitingFor: unschedulable(scheduled.message ?? '') }
      : { phase: 'pending' };
  }
  const waiting = waitingOf(state, pod.spec?.containers[0]?.image);
  if (waiting?.isTerminal) return { phase: 'ended', cause: waiting.cause };
  const endpoint: { endpoint?: Endpoint } = status.podIP ? { endpoint: { address: status.podIP, port: AGENT_PORT } } : {};
  if (state?.running) return { phase: 'starting', ...endpoint, startedAt: state.running.startedAt };
  return { phase: 'preparing', ...endpoint, ...(waiting ? { waitingFor: waiting.cause } : {}) };
}

/** Why the pod is being removed though nobody asked us for it. */
export const removalOf = (pod: Pod): Cause =>
  disruptionOf(pod) ?? { code: 'DESKTOP_LOST', detail: 'Its pod was deleted by somebody else.' };

/** What the cluster did to the pod; undefined when it did nothing. */
export function disruptionOf({ status, spec }: Pod): Cause | undefined {
  const { reason, message = '' } = status?.conditions?.find(({ type, status: is }) => type === 'DisruptionTarget' && is === 'True') ?? {};
  const on = spec?.nodeName ? ` (machine ${spec.nodeName})` : '';
  if (reason && NODE_HAS_GONE.has(reason)) return { code: 'NODE_LOST', detail: detailOf(`${reason}: ${message}${on}`) };
  if (reason) return { code: 'DESKTOP_EVICTED', detail: detailOf(`${reason}: ${message}${on}`) };
  if (status?.reason === 'NodeLost') return { code: 'NODE_LOST', detail: detailOf(`${status.message ?? ''}${on}`) };
  if (status?.reason === 'Evicted') return { code: 'DESKTOP_EVICTED', detail: detailOf(`${status.message ?? ''}${on}`) };
  return undefined;
}

/** A pod that failed without having run: the kubelet refused it. */
function refusalOf({ status }: Pod): Cause {
  const words = detailOf([status?.reason, status?.message].filter(Boolean).join(': '));
  return { code: 'CONTAINER_FAILED', detail: words || 'The pod ended without a word.' };
}

/** The scheduler's own sentence says how many machines lacked what. */
function unschedulable(message: string): Cause {
  const isClaim = /persistentvolumeclaim|volume node affinity|persistent volumes? to bind/i.test(message);
  return { code: isClaim ? 'CLAIM_NOT_BOUND' : 'DESKTOP_UNSCHEDULABLE', detail: detailOf(message) };
}
