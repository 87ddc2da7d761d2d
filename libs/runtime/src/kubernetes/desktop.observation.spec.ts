/** What a desktop's pod says of itself, as one table: states as a cluster really reports them. */
import { describe, expect, test } from 'vitest';
import type { Cause } from '../runtime.js';
import { makeDesktopPod } from './desktop.manifest.js';
import { observePod } from './desktop.observation.js';
import type { Pod } from './kubernetes.objects.js';
import { installation, settings, spec } from './manifest.fixtures.js';

type Status = NonNullable<Pod['status']>;
type State = NonNullable<NonNullable<Status['containerStatuses']>[number]['state']>;

const STARTED = '2026-01-01T00:00:00Z';
const scheduled = { type: 'PodScheduled', status: 'True' };
const pod = (status: Status, metadata: object = {}): Pod => {
  const made = makeDesktopPod(installation, settings(), spec);
  return {
    ...made,
    metadata: { ...made.metadata, ...metadata },
    spec: { ...made.spec, nodeName: 'n1', containers: made.spec?.containers ?? [] },
    status,
  };
};
const inState = (state: State, more: Status = {}): Pod =>
  pod({
    conditions: [scheduled],
    podIP: '10.1.2.3',
    containerStatuses: [{ name: 'desktop', image: 'i', imageID: '', ready: false, restartCount: 0, state }],
    ...more,
  });
const endpoint = { address: '10.1.2.3', port: 8090 };
const disrupted = (reason: string) => ({ type: 'DisruptionTarget', status: 'True', reason, message: 'drained' });
const causeOf = (of: Pod): Cause | undefined => observePod(of).cause ?? observePod(of).waitingFor;

describe('phases', () => {
  test.each<[string, Pod, object]>([
    ['just made', pod({}), { phase: 'pending' }],
    ['has a place', pod({ conditions: [scheduled] }), { phase: 'preparing' }],
    ['is pulling', inState({ waiting: { reason: 'ContainerCreating' } }), { phase: 'preparing', endpoint }],
    ['runs', inState({ running: { startedAt: STARTED } }), { phase: 'starting', endpoint, startedAt: STARTED }],
  ])('%s', (_title, of, observed) => {
    expect(observePod(of)).toStrictEqual(observed);
  });
});

describe('causes', () => {
  const unschedulable = (message: string) =>
    pod({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] });
  const waiting = (reason: string, message = '') => inState({ waiting: { reason, message } });
  const terminated = (exitCode: number, reason: string, message = '') => inState({ terminated: { exitCode, reason, message } });

  test.each<[string, Pod, string, string, RegExp]>([
    [
      'no machine is large enough',
      unschedulable('0/3 nodes are available: 3 Insufficient cpu.'),
      'pending',
      'DESKTOP_UNSCHEDULABLE',
      /3 Insufficient cpu/,
    ],
    ['its claim waits', unschedulable('pod has unbound immediate PersistentVolumeClaims'), 'pending', 'CLAIM_NOT_BOUND', /unbound/],
    ['its claim is not there', unschedulable('persistentvolumeclaim "homes" not found'), 'pending', 'CLAIM_NOT_BOUND', /homes/],
    ['its image has no name', waiting('InvalidImageName', "couldn't parse"), 'ended', 'IMAGE_UNAVAILABLE', /desktop:1: InvalidImageName/],
    ['its image must be there and is not', waiting('ErrImageNeverPull'), 'ended', 'IMAGE_UNAVAILABLE', /ErrImageNeverPull/],
    ['its image is not in the registry', waiting('ErrImagePull', 'desktop:1: not found'), 'ended', 'IMAGE_UNAVAILABLE', /not found/],
    ['it may not have its image', waiting('ImagePullBackOff', 'pull access denied'), 'ended', 'IMAGE_UNAVAILABLE', /denied/],
    ['the registry does not answer', waiting('ErrImagePull', 'i/o timeout'), 'preparing', 'IMAGE_UNAVAILABLE', /timeout/],
    [
      'a Secret of it is not there',
      waiting('CreateContainerConfigError', 'secret "x" not found'),
      'preparing',
      'CONTAINER_FAILED',
      /secret "x"/,
    ],
    ['it needs too much memory', terminated(137, 'OOMKilled'), 'ended', 'OUT_OF_MEMORY', /limit/],
    ['its program is not there', terminated(128, 'StartError', 'exec: "x": not found'), 'ended', 'CONTAINER_FAILED', /exec: "x"/],
    [
      'its agent says why',
      terminated(1, 'Error', '{"code":"DISPLAY_FAILED","detail":"no fonts"}'),
      'ended',
      'DISPLAY_FAILED',
      /^no fonts$/,
    ],
    ['its agent says nonsense', terminated(1, 'Error', '{"code":"toString","detail":1}'), 'ended', 'CONTAINER_FAILED', /exit code 1/],
    ['its agent blames another', terminated(1, 'Error', '{"code":"NODE_LOST","detail":"x"}'), 'ended', 'CONTAINER_FAILED', /exit code 1/],
    ['it ends without a word', terminated(3, 'Error'), 'ended', 'CONTAINER_FAILED', /^It ended with exit code 3\.$/],
    ['somebody ended the agent', terminated(0, 'Completed'), 'ended', 'AGENT_EXITED', /somebody else/],
    ['it was deleted', pod({}, { deletionTimestamp: STARTED }), 'terminating', 'DESKTOP_LOST', /deleted/],
    [
      'it was drained',
      pod({ conditions: [disrupted('EvictionByEvictionAPI')] }, { deletionTimestamp: STARTED }),
      'terminating',
      'DESKTOP_EVICTED',
      /drained \(machine n1\)/,
    ],
    [
      'its machine is gone',
      pod({ conditions: [disrupted('DeletionByPodGC')] }, { deletionTimestamp: STARTED }),
      'terminating',
      'NODE_LOST',
      /machine n1/,
    ],
    [
      'its machine ran full',
      pod({ phase: 'Failed', reason: 'Evicted', message: 'low on memory' }),
      'ended',
      'DESKTOP_EVICTED',
      /low on memory/,
    ],
    [
      'the kubelet refused it',
      pod({ phase: 'Failed', reason: 'OutOfcpu', message: "Node didn't have enough" }),
      'ended',
      'CONTAINER_FAILED',
      /OutOfcpu/,
    ],
  ])('%s', (_title, of, phase, code, detail) => {
    expect(observePod(of).phase).toBe(phase);
    expect(causeOf(of)).toStrictEqual({ code, detail: expect.stringMatching(detail) });
  });

  test('what a container says is bounded and without control characters', () => {
    const { detail = '' } = causeOf(terminated(1, 'Error', `\u001b[31m\u202e${'x'.repeat(10_000)}`)) ?? {};
    expect(detail.length).toBeLessThan(700);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect(detail).not.toMatch(/[\u0000-\u001f\u202e]/);
  });
});
