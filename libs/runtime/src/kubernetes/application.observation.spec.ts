/** What became of a desktop's applications, from what Kubernetes says and from what the agent sees before Kubernetes does. */
import { describe, expect, test } from 'vitest';
import type { HeardApplication } from '../agent/agent-status.js';
import type { ObservedApplication } from '../runtime.js';
import { makeApplicationContainer, makeApplicationPod, type PlacedApplication } from './application.manifest.js';
import { observeApplications } from './application.observation.js';
import { makeDesktopPod } from './desktop.manifest.js';
import type { ContainerStatus, Pod } from './kubernetes.objects.js';
import { accepted, installation, settings, spec } from './manifest.fixtures.js';

type State = ContainerStatus['state'];

const launch = (engine: PlacedApplication['container']['engine']): PlacedApplication => ({
  desktop: 'd1',
  run: 3,
  id: 'l1',
  application: 'editor',
  command: ['/usr/bin/editor'],
  container: { engine, image: 'editor:1' },
});
const desktop = accepted(makeDesktopPod(installation, settings(), spec));
const statusOf = (name: string, state: State): ContainerStatus => ({ name, image: 'i', imageID: '', ready: false, restartCount: 0, state });

function inContainer(state: State, heard: readonly HeardApplication[] = []): readonly ObservedApplication[] {
  const container = makeApplicationContainer(settings(), desktop, launch('ephemeral-container'));
  const pod: Pod = {
    ...desktop,
    spec: { ...desktop.spec, containers: desktop.spec?.containers ?? [], ephemeralContainers: [container] },
    status: { ...desktop.status, ephemeralContainerStatuses: [statusOf(container.name, state)] },
  };
  return observeApplications(pod, [], heard);
}

function inPod(
  state: State,
  { heard = [], status = {}, metadata = {} }: { heard?: readonly HeardApplication[]; status?: object; metadata?: object } = {},
) {
  const made = makeApplicationPod(installation, settings(), desktop, launch('pod'));
  const conditions = [{ type: 'PodScheduled', status: 'True' }];
  const pod: Pod = {
    ...made,
    metadata: { ...made.metadata, ...metadata },
    status: { conditions, containerStatuses: [statusOf('application', state)], ...status },
  };
  return observeApplications(desktop, [pod], heard);
}

const sees = (phase: HeardApplication['phase'], place: HeardApplication['place']): HeardApplication[] => [{ id: 'l1', phase, place }];
const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };

describe('an ephemeral container', () => {
  test.each<[string, readonly ObservedApplication[], object]>([
    ['asked for', inContainer(undefined), { phase: 'starting' }],
    ['its process is seen before the kubelet says so', inContainer(undefined, sees('running', 'container')), { phase: 'running' }],
    ['runs, its process was not seen yet', inContainer(running), { phase: 'starting' }],
    ['is being ended', inContainer(running, sees('stopping', 'container')), { phase: 'stopping' }],
    ['its process has gone, how is not known yet', inContainer(running, sees('exited', 'container')), { phase: 'running' }],
    [
      'its process came and went before the kubelet said a word',
      inContainer(undefined, sees('exited', 'container')),
      { phase: 'starting' },
    ],
    [
      'is to end before its image is there',
      inContainer({ waiting: { reason: 'ErrImagePull', message: 'i/o timeout' } }, sees('stopping', 'container')),
      { phase: 'exited' },
    ],
    ['exited', inContainer({ terminated: { exitCode: 3 } }), { phase: 'exited', exitCode: 3 }],
    [
      'needed too much memory',
      inContainer({ terminated: { exitCode: 137, reason: 'OOMKilled' } }),
      { phase: 'failed', exitCode: 137, cause: { code: 'OUT_OF_MEMORY', detail: expect.any(String) } },
    ],
    [
      'crashed',
      inContainer({ terminated: { exitCode: 139, reason: 'Error' } }),
      { phase: 'failed', exitCode: 139, cause: { code: 'APPLICATION_CRASHED', detail: 'It was ended by SIGSEGV.' } },
    ],
    [
      'was killed, which the kubelet gives no reason for',
      inContainer({ terminated: { exitCode: 137, reason: 'Error' } }),
      { phase: 'failed', exitCode: 137, cause: { code: 'APPLICATION_CRASHED', detail: expect.stringContaining('memory') } },
    ],
    [
      'has no such program',
      inContainer({ terminated: { exitCode: 128, reason: 'StartError', message: 'exec: "/x": no such file' } }),
      { phase: 'failed', exitCode: 128, cause: { code: 'APPLICATION_FAILED', detail: 'exec: "/x": no such file' } },
    ],
    [
      'has no image',
      inContainer({ waiting: { reason: 'ErrImageNeverPull' } }),
      { phase: 'failed', cause: { code: 'IMAGE_UNAVAILABLE', detail: expect.any(String) } },
    ],
    [
      'has no image, which the agent does not know yet',
      inContainer({ waiting: { reason: 'ErrImageNeverPull' } }, sees('starting', 'container')),
      { phase: 'failed', leftovers: 'place', cause: { code: 'IMAGE_UNAVAILABLE', detail: expect.any(String) } },
    ],
    [
      'its process is seen, its pod is known only as it was before',
      observeApplications(desktop, [], sees('running', 'container')),
      { phase: 'running' },
    ],
    [
      'waits for its registry',
      inContainer({ waiting: { reason: 'ErrImagePull', message: 'i/o timeout' } }),
      { phase: 'starting', waitingFor: { code: 'IMAGE_UNAVAILABLE', detail: expect.any(String) } },
    ],
  ])('%s', (_title, observed, expected) => {
    expect(observed).toStrictEqual([{ id: 'l1', ...expected }]);
  });
});

describe('a pod', () => {
  test.each<[string, readonly ObservedApplication[], object]>([
    ['is being pulled', inPod({ waiting: { reason: 'ContainerCreating' } }), { phase: 'starting' }],
    ['runs', inPod(running), { phase: 'running' }],
    ['exited, and is to be removed', inPod({ terminated: { exitCode: 0 } }), { phase: 'exited', exitCode: 0, leftovers: 'output' }],
    [
      'is being removed',
      inPod(running, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      { phase: 'stopping', cause: { code: 'APPLICATION_LOST', detail: 'Its pod was deleted by somebody else.' } },
    ],
    [
      'is being removed by the cluster',
      inPod(running, {
        metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
        status: { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message: 'no such node' }] },
      }),
      { phase: 'stopping', cause: { code: 'NODE_LOST', detail: 'DeletionByPodGC: no such node' } },
    ],
    [
      'has no place',
      inPod(undefined, { status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no cpu' }] } }),
      { phase: 'starting', waitingFor: { code: 'DESKTOP_UNSCHEDULABLE', detail: 'no cpu' } },
    ],
    [
      'has no image, and holds its place for nothing',
      inPod({ waiting: { reason: 'ErrImageNeverPull' } }),
      { phase: 'failed', leftovers: 'place', cause: { code: 'IMAGE_UNAVAILABLE', detail: expect.any(String) } },
    ],
    [
      'was refused by the kubelet',
      inPod(undefined, { status: { phase: 'Failed', message: 'no room' } }),
      { phase: 'failed', leftovers: 'output', cause: { code: 'APPLICATION_FAILED', detail: 'no room' } },
    ],
  ])('%s', (_title, observed, expected) => {
    expect(observed).toStrictEqual([{ id: 'l1', ...expected }]);
  });
});

test('what the agent was told of but the cluster never got is not there; its own processes are', () => {
  const heard: HeardApplication[] = [
    { id: 'announced', phase: 'starting', place: 'pod' },
    { id: 'own', phase: 'running' },
  ];
  expect(observeApplications(desktop, [], heard)).toStrictEqual([{ id: 'own', phase: 'running' }]);
});
