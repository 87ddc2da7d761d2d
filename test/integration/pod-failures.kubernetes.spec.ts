/** What can go wrong with a desktop on a real cluster: each with its cause for the user, each leaving nothing behind. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiServer } from '../support/api-server.js';
import { admitApiserver, continueComponent, findCluster, kubectl, pauseComponent, refuseApiserver } from '../support/cluster.js';
import { eventually } from '../support/eventually.js';
import type { HttpClient } from '../support/http-client.js';
import { KubernetesRig } from '../support/kubernetes-rig.js';

type Settings = Record<string, unknown>;
const MANIFESTS = `${import.meta.dirname}/../../k8s/manifests/deskhand.yaml`;

describe.skipIf(!findCluster())('a desktop that cannot be', () => {
  let rig: KubernetesRig;
  const servers: ApiServer[] = [];

  beforeAll(async () => {
    rig = await KubernetesRig.make('failures');
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.remove()));
    // Whatever failed must have gone by now, whoever made it.
    await eventually(async () =>
      expect(await rig.kubectl('get', 'pods,secrets', '-l', 'app.kubernetes.io/name=deskhand', '-o', 'name')).toBe(''),
    );
  });
  afterAll(() => rig.dispose());

  /** @param pod settings of its pods @param desktops deadlines that end the waiting sooner */
  async function someone(pod: Settings = {}, deadlines: Settings = {}): Promise<HttpClient> {
    const more = { runtime: rig.runtimeSettings(pod), desktops: { deadlines, sweepMs: 2_000 } };
    const server = await ApiServer.start({ more });
    servers.push(server);
    const client = server.client();
    await client.logIn(undefined);
    return client;
  }
  /** Asks for a desktop. @returns its id */
  async function ask(client: HttpClient): Promise<string> {
    const { status, body } = await client.call('POST', '/api/v1/desktops', {});
    expect(status).toBe(202);
    return body.id;
  }
  async function failureOf(pod: Settings, deadlines: Settings = {}) {
    const client = await someone(pod, deadlines);
    const { body } = await client.untilStatus(await ask(client), 'failed');
    expect(body.remedy).toMatch(/\w/);
    return { code: body.cause, detail: body.detail };
  }
  const podOf = async (id: string): Promise<string> =>
    (await rig.kubectl('get', 'pods', '-l', `deskhand.io/desktop=${id}`, '-o', 'name')).trim();

  it('for its image is not there', async () => {
    expect(await failureOf({ image: 'localhost/deskhand/nothing:1' })).toMatchObject({
      code: 'IMAGE_UNAVAILABLE',
      detail: expect.stringContaining('localhost/deskhand/nothing:1'),
    });
  });

  it('for its image has no valid name', async () => {
    expect(await failureOf({ image: 'Deskhand/UPPER:1' })).toMatchObject({
      code: 'IMAGE_UNAVAILABLE',
      detail: expect.stringContaining('InvalidImageName'),
    });
  });

  it('for the registry does not answer in time', async () => {
    const settings = { image: '127.0.0.1:9/deskhand/desktop:1', imagePullPolicy: 'Always' };
    expect(await failureOf(settings, { prepareMs: 4_000 })).toMatchObject({
      code: 'IMAGE_UNAVAILABLE',
      detail: expect.stringMatching(/127\.0\.0\.1:9.*within 4 s/),
    });
  });

  it('for no machine is large enough', async () => {
    const settings = { requests: { cpu: '1000' }, limits: { cpu: '1000' } };
    expect(await failureOf(settings, { scheduleMs: 3_000 })).toMatchObject({
      code: 'DESKTOP_UNSCHEDULABLE',
      detail: expect.stringContaining('Insufficient cpu'),
    });
  });

  it('for the namespace has used up its quota', async () => {
    await rig.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none' }, spec: { hard: { pods: '0' } } });
    await eventually(async () => expect(await rig.get('resourcequota', 'none')).toMatchObject({ status: { hard: { pods: '0' } } }));
    try {
      expect(await failureOf({})).toMatchObject({ code: 'QUOTA_EXCEEDED', detail: expect.stringContaining('pods=1') });
    } finally {
      await rig.kubectl('delete', 'resourcequota', 'none');
    }
  });

  it('for its home is bound to no volume', async () => {
    const home = { kind: 'persistentVolumeClaim', storageClassName: 'nobody-provides-it' };
    expect(await failureOf({ home }, { scheduleMs: 3_000 })).toMatchObject({
      code: 'CLAIM_NOT_BOUND',
      detail: expect.stringMatching(/PersistentVolumeClaim/i),
    });
    // The files of a user are never removed with a desktop.
    expect(await rig.kubectl('get', 'persistentvolumeclaims', '-o', 'name')).toMatch(/deskhand-home-/);
  });

  it('for its home is a claim that is not there', async () => {
    expect(await failureOf({ home: { kind: 'existingClaim', claim: 'homes' } }, { scheduleMs: 3_000 })).toMatchObject({
      code: 'CLAIM_NOT_BOUND',
      detail: expect.stringContaining('"homes"'),
    });
  });

  it('for its container ends at once', async () => {
    const { terminal } = rig.cluster.images;
    expect(await failureOf({ image: terminal })).toMatchObject({ code: 'CONTAINER_FAILED', detail: expect.stringMatching(/exit code/) });
  });

  it('for a pod like it is not allowed', async () => {
    expect(await failureOf({ security: 'baseline' })).toMatchObject({
      code: 'POD_REFUSED',
      detail: expect.stringContaining('PodSecurity'),
    });
  });

  it('for Deskhand may not make it: says which right is missing', async () => {
    const role = await rig.get<{ rules: { resources: string[]; verbs: string[] }[] }>('role', 'deskhand');
    const less = role.rules.map((rule) =>
      rule.resources.includes('pods') ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== 'create') } : rule,
    );
    await rig.apply({ ...role, rules: less });
    try {
      expect(await failureOf({})).toMatchObject({
        code: 'RUNTIME_FORBIDDEN',
        detail: `system:serviceaccount:${rig.namespace}:deskhand may not create pods.`,
      });
    } finally {
      await rig.kubectl('replace', '-f', MANIFESTS);
    }
  });

  it('any more, for somebody deleted its pod', async () => {
    const client = await someone();
    const { id } = await client.readyDesktop();
    await rig.kubectl('delete', await podOf(id), '--wait=false');
    const { body } = await client.untilStatus(id, 'failed');
    expect(body).toMatchObject({ cause: 'DESKTOP_LOST', detail: 'Its pod was deleted by somebody else.' });
  });

  it('any more, for it ran out of memory in use', async () => {
    const client = await someone({ limits: { cpu: '2', memory: '256Mi' }, shm: '1Gi' });
    const { id } = await client.readyDesktop();
    // Shared memory is nobody's who could be killed instead.
    await rig
      .kubectl('exec', await podOf(id), '-c', 'desktop', '--', 'sh', '-c', 'head -c 500m /dev/zero > /dev/shm/full')
      .catch(() => undefined);
    const { body } = await client.untilStatus(id, 'failed');
    expect(body).toMatchObject({ cause: 'OUT_OF_MEMORY', detail: expect.stringContaining('limit') });
  });

  describe('on a machine that goes', () => {
    let machine: string;
    /** A machine without anybody on it: the scheduler believes what is written there. */
    beforeEach(async () => {
      machine = `ghost-${randomUUID().slice(0, 8)}`;
      const metadata = { name: machine, labels: { ghost: machine } };
      await kubectl(rig.cluster, ['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata }));
      const resources = { cpu: '8', memory: '16Gi', 'ephemeral-storage': '100Gi', pods: '10' };
      const status = { capacity: resources, allocatable: resources, conditions: [{ type: 'Ready', status: 'True', reason: 'Ghost' }] };
      await patchNode({ status }, '--subresource=status');
      await patchNode({ spec: { taints: null } });
    });
    afterEach(() => kubectl(rig.cluster, ['delete', 'node', machine, '--ignore-not-found']));
    const patchNode = (patch: object, ...options: readonly string[]) =>
      kubectl(rig.cluster, ['patch', 'node', machine, '--type=merge', '-p', JSON.stringify(patch), ...options]);
    const failed = async (client: HttpClient, id: string) => {
      const { body } = await eventually(() => client.untilStatus(id, 'failed'), 150_000);
      expect(body).toMatchObject({ cause: 'NODE_LOST', detail: expect.stringContaining(machine) });
    };

    it('while it starts', { timeout: 180_000 }, async () => {
      const client = await someone({ nodeSelector: { ghost: machine } }, { prepareMs: 170_000 });
      const id = await ask(client);
      await client.untilStatus(id, 'starting');
      await kubectl(rig.cluster, ['delete', 'node', machine]);
      await failed(client, id);
    });

    it('while it is ready', { timeout: 240_000 }, async () => {
      const client = await someone({ nodeSelector: { ghost: machine } }, { prepareMs: 170_000 });
      const id = await ask(client);
      await client.untilStatus(id, 'starting');
      // Its containers run on the machine that there is, in a pod of the same content and the same Secret that Deskhand does not know.
      const pod = await podOf(id);
      const { spec } = await rig.get<{ spec: Settings }>(pod);
      const { nodeName: _, nodeSelector: __, ...elsewhere } = spec;
      await rig.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: machine }, spec: elsewhere });
      await rig.kubectl('wait', `pod/${machine}`, '--for=condition=Ready', '--timeout=60s');
      const { status } = await rig.get<{ status: Settings }>('pod', machine);
      await rig.kubectl('patch', pod, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));
      await client.untilStatus(id, 'ready');
      await kubectl(rig.cluster, ['delete', 'node', machine]);
      await rig.kubectl('delete', 'pod', machine, '--grace-period=0', '--force');
      await failed(client, id);
    });
  });

  it('for a moment, while the apiserver stands still, and then is', { timeout: 120_000 }, async () => {
    const client = await someone();
    await client.call('GET', '/api/v1/applications');
    const id = await ask(client);
    await pauseComponent(rig.cluster, 'apiserver');
    try {
      await new Promise((resolve) => setTimeout(resolve, 20_000));
      expect((await client.call('GET', `/api/v1/desktops/${id}`)).body.status).toMatch(/requested|starting/);
    } finally {
      await continueComponent(rig.cluster, 'apiserver');
    }
    await client.untilStatus(id, 'ready');
    expect((await rig.kubectl('get', 'pods', '-o', 'name')).trim().split('\n')).toHaveLength(1);
    await client.call('DELETE', `/api/v1/desktops/${id}`);
    await client.untilStatus(id, 'stopped');
  });

  it('for a moment, while nobody reaches the apiserver, and then is', { timeout: 180_000 }, async () => {
    const client = await someone();
    await refuseApiserver(rig.cluster);
    let id: string;
    try {
      // A connection that is cut tells nobody: a watch that was silent for 30 s is asked for again, and only then it shows.
      await eventually(async () => expect((await client.call('GET', '/readyz')).status).toBe(503), 60_000);
      id = await ask(client);
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      expect((await client.call('GET', `/api/v1/desktops/${id}`)).body).toMatchObject({ status: 'requested', observed: 'unknown' });
    } finally {
      await admitApiserver(rig.cluster);
    }
    await client.untilStatus(id, 'ready');
    await client.call('DELETE', `/api/v1/desktops/${id}`);
    await client.untilStatus(id, 'stopped');
  });

  it.each([
    ['watch', 'pods', 'RUNTIME_UNAVAILABLE'],
    ['create', 'secrets', 'RUNTIME_FORBIDDEN'],
    ['delete', 'pods', 'STOP_TIMED_OUT'],
  ])('or go, for Deskhand may not %s %s: the cause says so', { timeout: 120_000 }, async (verb, resource, code) => {
    const role = await rig.get<{ rules: { resources: string[]; verbs: string[] }[] }>('role', 'deskhand');
    const less = role.rules.map((rule) =>
      rule.resources.includes(resource) ? { ...rule, verbs: rule.verbs.filter((each) => each !== verb) } : rule,
    );
    await rig.apply({ ...role, rules: less });
    try {
      const client = await someone({}, { scheduleMs: verb === 'watch' ? 5_000 : 60_000, stopMs: 5_000 });
      const id = await ask(client);
      if (verb === 'delete') {
        await client.untilStatus(id, 'ready');
        await client.call('DELETE', `/api/v1/desktops/${id}`);
      }
      const { body } = await client.untilStatus(id, 'failed');
      expect(body).toMatchObject({
        cause: code,
        detail: expect.stringContaining(`system:serviceaccount:${rig.namespace}:deskhand may not ${verb} ${resource}`),
      });
    } finally {
      await rig.kubectl('replace', '-f', MANIFESTS);
    }
    // With its rights back it clears up.
    await eventually(async () => expect(await rig.kubectl('get', 'pods,secrets', '-l', 'deskhand.io/run', '-o', 'name')).toBe(''));
  });

  it('for a moment, which is only a line to whoever waits', async () => {
    await kubectl(rig.cluster, ['cordon', 'node']);
    const client = await someone();
    const id = await ask(client);
    try {
      await eventually(async () => expect(await progressOf(client, id)).toContain('FailedScheduling'));
      expect((await client.call('GET', `/api/v1/desktops/${id}`)).body.status).toBe('requested');
    } finally {
      await kubectl(rig.cluster, ['uncordon', 'node']);
    }
    await client.untilStatus(id, 'ready');
    await client.call('DELETE', `/api/v1/desktops/${id}`);
    await client.untilStatus(id, 'stopped');
  });
});

/** What the stream of progress says within a moment. */
async function progressOf(client: HttpClient, id: string): Promise<string> {
  const headers = { authorization: `Bearer ${client.token}` };
  const answer = await fetch(`${client.url}/api/v1/desktops/${id}/progress`, { headers, signal: AbortSignal.timeout(1_000) });
  let text = '';
  try {
    for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString();
  } catch {
    // It ended because we did not wait for more.
  }
  return text;
}
