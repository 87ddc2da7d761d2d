/** The apiserver goes away in the middle of a start, standing still or killed, with several replicas: whoever waits is told so, and no hand is needed after. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { continueComponent, findCluster, killComponent, pauseComponent } from '../support/cluster.js';
import { eventually } from '../support/eventually.js';
import { KubernetesRig } from '../support/kubernetes-rig.js';
import { Memcached } from '../support/memcached.js';
import { ProgressReader } from '../support/progress-reader.js';
import { Replicas } from '../support/replicas.js';

const AWAY_MS = 20_000;
/** A scheduler that lost it looks again within a minute. */
const WITHIN_MS = 90_000;
const KILLED_MS = 3_000;

describe.skipIf(!findCluster())('without the apiserver', () => {
  let rig: KubernetesRig;
  let memcached: Memcached;
  let replicas: Replicas;
  beforeAll(async () => {
    [rig, memcached] = await Promise.all([KubernetesRig.make('outages'), Memcached.start()]);
    // So that either tells what the other meets.
    const progress = { kind: 'memcached', servers: [memcached.server] };
    replicas = await Replicas.make({ replicas: 2, configuration: { runtime: rig.runtimeSettings(), progress } });
    await replicas.start();
  }, 120_000);
  afterAll(async () => {
    await replicas?.dispose();
    await rig?.dispose();
    await memcached?.stop();
  });

  it('a start waits, in a stage that says so, and goes on when it is back; everything else goes on', { timeout: 240_000 }, async () => {
    const user = replicas.client();
    await user.logIn(undefined);
    const settled = await user.readyDesktop();
    const waiting = replicas.client();
    await waiting.logIn(undefined);

    await pauseComponent(rig.cluster, 'apiserver');
    let watchers: readonly ProgressReader[];
    let id: string;
    try {
      const stopped = performance.now();
      const asked = await waiting.call('POST', '/api/v1/desktops', {});
      expect(asked.status).toBe(202);
      id = asked.body.id;
      watchers = replicas.apis.map((server) => new ProgressReader(server.clientOf(waiting), id));
      // What is there goes on, and so does what asks nothing of it.
      (await user.display(settled.id, await user.desktopToken(settled.id))).close();
      expect((await replicas.client().logIn(undefined)).status).toBe(200);
      await pause(Math.max(0, AWAY_MS - (performance.now() - stopped)));
      for (const server of replicas.apis)
        expect((await server.clientOf(waiting).call('GET', `/api/v1/desktops/${id}`)).body).toMatchObject({ status: 'requested', run: 1 });
      for (const watcher of watchers) {
        expect([...new Set(watcher.phases)]).toStrictEqual(['requested']);
        expect(watcher.messages.join()).toContain('does not answer just now');
      }
    } finally {
      await continueComponent(rig.cluster, 'apiserver');
    }
    for (const watcher of watchers) expect((await watcher.ended).at(-1)).toBe('ready');
    for (const [client, desktop] of [
      [waiting, id],
      [user, settled.id],
    ] as const) {
      expect((await client.call('GET', `/api/v1/desktops/${desktop}`)).body).toMatchObject({ status: 'ready', run: 1 });
      expect((await client.call('DELETE', `/api/v1/desktops/${desktop}`)).status).toBe(202);
    }
    await eventually(() => waiting.untilStatus(id, 'stopped'), WITHIN_MS);
    await eventually(() => user.untilStatus(settled.id, 'stopped'), WITHIN_MS);
    expect(await rig.kubectl('get', 'pods', '-o', 'name')).toBe('');
  });

  it('a start whose apiserver is killed goes on when that has been started again', { timeout: 240_000 }, async () => {
    const user = replicas.client();
    await user.logIn(undefined);
    // So that the start is half done for certain.
    await pauseComponent(rig.cluster, 'kubelet');
    let id: string;
    try {
      const asked = await user.call('POST', '/api/v1/desktops', {});
      expect(asked.status).toBe(202);
      id = asked.body.id;
      await eventually(async () => expect(await rig.kubectl('get', 'pods', '-o', 'name')).toContain(id));
      const restart = await killComponent(rig.cluster, 'apiserver');
      try {
        await pause(KILLED_MS);
        expect((await user.call('GET', `/api/v1/desktops/${id}`)).body.status).toMatch(/requested|starting/);
      } finally {
        await restart();
      }
    } finally {
      await continueComponent(rig.cluster, 'kubelet');
    }
    expect((await eventually(() => user.untilStatus(id, 'ready'), WITHIN_MS)).body).toMatchObject({ run: 1 });
    (await user.display(id, await user.desktopToken(id))).close();
    expect((await user.call('DELETE', `/api/v1/desktops/${id}`)).status).toBe(202);
    await eventually(() => user.untilStatus(id, 'stopped'), WITHIN_MS);
    await eventually(async () => expect(await rig.kubectl('get', 'pods,secrets', '-l', 'deskhand.io/run', '-o', 'name')).toBe(''));
  });
});
