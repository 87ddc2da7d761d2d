/** Reads what became of the applications of a desktop, from its pod, from pods of their own, and from what the agent sees. Pure. */
import { APPLICATION_VARIABLE } from '#libs/display';
import type { HeardApplication } from '../agent/agent-status.js';
import type { ApplicationPhase, Cause, ObservedApplication } from '../runtime.js';
import { applicationFailureOf, detailOf, waitingOf } from './container.observation.js';
import { disruptionOf, observePod } from './desktop.observation.js';
import type { ContainerStatus, EnvVar, Pod } from './kubernetes.objects.js';

type State = ContainerStatus['state'];

/** @param heard undefined while the agent is not heard */
export function observeApplications(
  desktop: Pod,
  applicationPods: readonly Pod[],
  heard: readonly HeardApplication[] = [],
): readonly ObservedApplication[] {
  const phaseOf = (id: string): ApplicationPhase | undefined => heard.find((each) => each.id === id)?.phase;
  const statuses = desktop.status?.ephemeralContainerStatuses ?? [];
  const inPod = (desktop.spec?.ephemeralContainers ?? []).flatMap(({ name, image, env }) => {
    const id = launchOf(env);
    return id === undefined ? [] : [observed(id, statuses.find((status) => status.name === name)?.state, image, phaseOf(id))];
  });
  const inPods = applicationPods.flatMap((pod) => {
    const [container] = pod.spec?.containers ?? [];
    const id = launchOf(container?.env);
    return id === undefined ? [] : [observedPod(id, pod, container?.image, phaseOf(id))];
  });
  const there = new Set([...inPod, ...inPods].map(({ id }) => id));
  // What was announced to the agent but never came to be is not there; what runs among the desktop's own processes the agent alone knows,
  // and a container whose processes it sees is there, whatever is known of the pod so far.
  const own = heard.filter(
    ({ id, place, phase }) => place === undefined || (place === 'container' && phase === 'running' && !there.has(id)),
  );
  return [...own.map(({ place: _, ...each }) => each), ...inPod, ...inPods];
}

const launchOf = (env: readonly EnvVar[] | undefined): string | undefined => env?.find(({ name }) => name === APPLICATION_VARIABLE)?.value;

function observedPod(id: string, pod: Pod, image: string | undefined, heard: ApplicationPhase | undefined): ObservedApplication {
  const state = pod.status?.containerStatuses?.[0]?.state;
  if (pod.metadata?.deletionTimestamp) return { id, phase: 'stopping', cause: disruptionOf(pod) ?? deletedByHand };
  if (state?.terminated) return { ...ended(id, state.terminated), leftovers: 'output' };
  if (pod.status?.phase === 'Failed') return { id, phase: 'failed', leftovers: 'output', cause: endOfPod(pod) };
  const seen = observed(id, state, image, state?.running ? 'running' : heard);
  // It waits for what will not come, and keeps what it was promised.
  if (seen.phase === 'failed' || seen.phase === 'exited') return { ...seen, leftovers: 'place' };
  const place = observePlace(pod);
  return place ? { ...seen, waitingFor: place } : seen;
}

/** @param heard the agent sees a process or a window seconds before the kubelet says that the container runs */
function observed(id: string, state: State, image: string | undefined, heard: ApplicationPhase | undefined): ObservedApplication {
  if (state?.terminated) return ended(id, state.terminated);
  const waiting = waitingOf(state, image);
  // The agent looks out for it until it is told that it will not come.
  if (waiting?.isTerminal) return { id, phase: 'failed', cause: waiting.cause, ...(heard === 'starting' ? { leftovers: 'place' } : {}) };
  // It never came; should it still, the agent ends it on sight.
  if (heard === 'stopping' && waiting) return { id, phase: 'exited' };
  // The agent no longer sees it, the kubelet has not said how it ended yet.
  if (heard === 'exited' && state?.running) return { id, phase: 'running' };
  const phase = heard === 'running' || heard === 'stopping' ? heard : 'starting';
  return { id, phase, ...(waiting ? { waitingFor: waiting.cause } : {}) };
}

function ended(id: string, terminated: NonNullable<NonNullable<State>['terminated']>): ObservedApplication {
  const cause = applicationFailureOf(terminated);
  return { id, phase: cause ? 'failed' : 'exited', exitCode: terminated.exitCode, ...(cause ? { cause } : {}) };
}

function endOfPod(pod: Pod): Cause {
  return disruptionOf(pod) ?? { code: 'APPLICATION_FAILED', detail: detailOf(pod.status?.message ?? 'Its pod failed without a word.') };
}

/** As far as the cluster knows: whether it was we who asked for it, the log says. */
const deletedByHand: Cause = { code: 'APPLICATION_LOST', detail: 'Its pod was deleted by somebody else.' };

const observePlace = (pod: Pod): Cause | undefined => observePod(pod).waitingFor;
