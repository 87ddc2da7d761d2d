/** Puts what Kubernetes says about a pod into a line for whoever waits for it. Pure: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
import type { CoreV1Event } from '@kubernetes/client-node';
import type { RuntimeNotice } from '../runtime.js';
import { detailOf } from './container.observation.js';
import { LABEL, runOf } from './kubernetes.names.js';
import type { KubernetesObject, Pod } from './kubernetes.objects.js';

/** What we read of an event. */
export interface ClusterEvent extends KubernetesObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly involvedObject: Pick<CoreV1Event['involvedObject'], 'kind' | 'name' | 'uid'>;
}

const PHASES: Readonly<Record<string, RuntimeNotice['phase']>> = {
  FailedScheduling: 'scheduled',
  Pulling: 'image',
  Pulled: 'image',
  Failed: 'image',
  BackOff: 'image',
  InspectFailed: 'image',
};
/** Of what goes well, only these are worth a line. */
const NORMAL = new Set(['Pulling', 'Pulled', 'Started']);

/** @returns undefined for what is not about a desktop's pod, or says nothing new */
export function noticeOf(event: ClusterEvent, pod: Pod | undefined): RuntimeNotice | undefined {
  const run = runOf(pod?.metadata?.labels);
  const { type, reason = '', message = '' } = event;
  if (!run || pod?.metadata?.labels?.[LABEL.component] !== 'desktop' || pod.metadata.uid !== event.involvedObject.uid) return undefined;
  if (type !== 'Warning' && !NORMAL.has(reason)) return undefined;
  const text = detailOf(message);
  return {
    ...run,
    at: timeOf(event),
    phase: PHASES[reason] ?? 'starting',
    message: messageOf(type, reason, text),
  };
}

function messageOf(type: string | undefined, reason: string, text: string): string {
  if (type === 'Warning') return `${reason}: ${text}`;
  return reason === 'Started' ? 'Starting the display and the window manager' : text;
}

/** The newest occurrence; an event without any time has only just come. */
function timeOf({ lastTimestamp, eventTime, metadata }: ClusterEvent): string {
  const time = Date.parse(lastTimestamp ?? eventTime ?? metadata?.creationTimestamp ?? '');
  return new Date(Number.isNaN(time) ? Date.now() : time).toISOString();
}
