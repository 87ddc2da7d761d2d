/** Applications of desktops that are pods, on a real cluster: as ephemeral containers of the desktop's pod and as pods of their own. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApplicationContainer, DesktopSpec, ObservedApplication } from '#libs/runtime';
import { findCluster } from '../support/cluster.js';
import { Desktops } from '../support/desktops.js';
import { eventually } from '../support/eventually.js';
import { KubernetesRig, secretOf } from '../support/kubernetes-rig.js';

interface PodStatus {
  readonly status: {
    readonly ephemeralContainerStatuses?: readonly { readonly name: string; readonly state: object }[];
    readonly podIP: string;
  };
}

describe.skipIf(!findCluster())('applications of a pod', () => {
  let rig: KubernetesRig;
  let desktops: Desktops;
  let desktop: DesktopSpec;

  beforeAll(async () => {
    rig = await KubernetesRig.make('applications');
    const runtime = rig.open({ applicationRequests: { memory: '32Mi' }, applicationLimits: { memory: '64Mi' } });
    desktops = new Desktops(runtime, secretOf);
    desktop = await desktops.start();
  });
  afterAll(async () => {
    await desktops.dispose();
    await rig.dispose();
  });

  const image = () => rig.cluster.images.terminal;
  const launch = (engine: ApplicationContainer['engine'], id: string, command: readonly string[], of = image()) =>
    desktops.runtime.startApplication({ ...desktop, id, application: 'terminal', command, container: { engine, image: of } });
  const stop = (id: string) => desktops.runtime.stopApplication({ ...desktop, id });
  const until = (id: string, expected: object) => desktops.untilApplication(desktop, id, expected);
  const log = (id: string) => desktops.runtime.applicationLog({ ...desktop, id });
  const podName = () => `deskhand-${desktop.desktop}-${desktop.run}`;

  describe.each(['ephemeral-container', 'pod'] as const)('as %s', (engine) => {
    const name = (id: string): string => `${engine === 'pod' ? 'p' : 'e'}-${id}`;

    it('opens its window on the display, and ends when it is told to', async () => {
      const id = name('xterm');
      await launch(engine, id, ['/usr/bin/xterm', '-T', 'hello']);
      await until(id, { phase: 'running' });
      await eventually(async () => expect(await rig.windows(desktop)).toMatchObject([{ title: 'hello', application: id }]));
      await stop(id);
      await eventually(async () => expect(await rig.windows(desktop)).toStrictEqual([]), 3_500);
      await eventually(async () => expect(isOver(await desktops.applicationOf(desktop, id))).toBe(true));
    });

    it('ends within 3 s though its program ignores TERM', async () => {
      const id = name('stubborn');
      // Its window comes again until the program itself has gone.
      await launch(engine, id, ['/bin/sh', '-c', 'trap "" TERM; while :; do xterm -T stubborn; done']);
      await until(id, { phase: 'running' });
      await eventually(async () => expect(await rig.windows(desktop)).toMatchObject([{ title: 'stubborn', application: id }]));
      const told = performance.now();
      await stop(id);
      const left: number[] = [];
      while (performance.now() - told < 5_000) {
        if ((await rig.windows(desktop)).length > 0) left.push(performance.now() - told);
        await pause(50);
      }
      expect(left.at(-1) ?? 0).toBeLessThan(3_500);
      await eventually(async () => expect(isOver(await desktops.applicationOf(desktop, id))).toBe(true), 10_000);
    });

    it('reports its exit code and keeps what it said', async () => {
      const id = name('code');
      await launch(engine, id, ['/bin/sh', '-c', 'echo last words; exit 3']);
      await until(id, { phase: 'exited', exitCode: 3 });
      expect(await log(id)).toContain('last words');
    });

    it('says that it crashed', async () => {
      const id = name('crash');
      await launch(engine, id, ['/bin/sh', '-c', 'kill -SEGV $$']);
      await until(id, { phase: 'failed', cause: { code: 'APPLICATION_CRASHED' } });
    });

    it('says that it has no such program', async () => {
      const id = name('none');
      await launch(engine, id, ['/no/such/program']);
      await until(id, { phase: 'failed', cause: { code: 'APPLICATION_FAILED' } });
    });

    it('says that it has no such image', async () => {
      const id = name('image');
      await launch(engine, id, ['/bin/true'], 'localhost/deskhand/nothing:1');
      await until(id, { phase: 'failed', cause: { code: 'IMAGE_UNAVAILABLE', detail: expect.stringContaining('nothing:1') } });
    });

    it('gets its arguments as they are: no shell and no Kubernetes expands them', async () => {
      const id = name('arguments');
      const given = ['$(HOME)', '$HOME', '`id`', '; id', '*', '"', "'", 'two words', '$$(HOME)'];
      await launch(engine, id, ['/usr/bin/printf', '[%s]', ...given]);
      await until(id, { phase: 'exited', exitCode: 0 });
      expect(await log(id)).toBe(given.map((argument) => `[${argument}]`).join(''));
    });

    it('starts once, however often it is asked for', async () => {
      const id = name('once');
      await launch(engine, id, ['/bin/sleep', '100']);
      await launch(engine, id, ['/bin/sleep', '100']);
      await until(id, { phase: 'running' });
      expect((await desktops.runOf(desktop))?.applications.filter((each) => each.id === id)).toHaveLength(1);
      await stop(id);
      await stop(id);
    });

    it('can be ended before it has begun', async () => {
      const id = name('early');
      await launch(engine, id, ['/bin/sleep', '100']);
      await stop(id);
      await eventually(async () => expect(isOver(await desktops.applicationOf(desktop, id))).toBe(true));
    });

    it('mounts no secret of the agent, no token of the cluster, and has no right', async () => {
      const id = name('rights');
      const look =
        'ls /run/deskhand/agent /run/deskhand/run /var/run/secrets 2>&1; id -u; grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status';
      await launch(engine, id, ['/bin/sh', '-c', look]);
      await until(id, { phase: 'exited' });
      const said = await log(id);
      expect(said).toMatch(/\/run\/deskhand\/agent.*No such file/);
      expect(said).toMatch(/\/var\/run\/secrets.*No such file/);
      expect(said).toMatch(/^1000$/m);
      expect(said).toMatch(/CapEff:\s+0000000000000000/);
      expect(said).toMatch(/NoNewPrivs:\s+1/);
    });
  });

  it('as ephemeral container is known to run before the kubelet says so', async () => {
    await launch('ephemeral-container', 'soon', ['/bin/sleep', '100']);
    await until('soon', { phase: 'running' });
    const { status } = await rig.get<PodStatus>('pod', podName());
    expect(status.ephemeralContainerStatuses?.find(({ name }) => name === 'app-soon')?.state ?? {}).not.toHaveProperty('running');
    await stop('soon');
  });

  it('as pod says when it needs more memory than it may have', async () => {
    await launch('pod', 'hungry', ['/bin/sh', '-c', 'head -c 300m /dev/zero | tail']);
    await until('hungry', { phase: 'failed', cause: { code: 'OUT_OF_MEMORY' } });
  });

  it('as ephemeral container says that it was killed when the desktop has no more memory', async () => {
    const small = new Desktops(rig.open({ limits: { cpu: '2', memory: '256Mi' } }), secretOf);
    const own = await small.start();
    const container = { engine: 'ephemeral-container', image: image() } as const;
    const command = ['/bin/sh', '-c', 'head -c 400m /dev/zero | tail'];
    await small.runtime.startApplication({ ...own, id: 'hungry', application: 'terminal', command, container });
    await small.untilApplication(own, 'hungry', {
      phase: 'failed',
      cause: { code: expect.stringMatching(/^(OUT_OF_MEMORY|APPLICATION_CRASHED)$/) },
    });
    expect(await small.runOf(own)).toMatchObject({ phase: 'running' });
    await small.dispose();
  });

  it('as pod says when somebody else deletes it', async () => {
    await launch('pod', 'taken', ['/bin/sh', '-c', 'trap "" TERM; while :; do sleep 1; done']);
    await until('taken', { phase: 'running' });
    await rig.kubectl('delete', 'pod', `${podName()}-taken`, '--wait=false');
    await until('taken', { phase: 'stopping', cause: { code: 'APPLICATION_LOST' } });
    await eventually(async () => expect(await desktops.applicationOf(desktop, 'taken')).toBeUndefined());
  });

  it('as pod reaches its display though somebody deleted the policy that lets it', async () => {
    await launch('pod', 'first', ['/bin/sleep', '100']);
    await until('first', { phase: 'running' });
    await rig.kubectl('delete', 'networkpolicy', podName());
    const { status } = await rig.get<PodStatus>('pod', podName());
    // A policy takes effect a moment after it is made.
    const ask = `for i in 1 2 3; do timeout 3 bash -c 'exec 3<>/dev/tcp/${status.podIP}/6000' && echo reached && exit; done; echo closed`;
    await launch('pod', 'second', ['/bin/bash', '-c', ask]);
    await until('second', { phase: 'exited' });
    expect(await log('second')).toContain('reached');
    await stop('first');
  });

  it('as pod says that the namespace has used up its quota', async () => {
    await rig.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none' }, spec: { hard: { pods: '0' } } });
    await eventually(async () => expect(await rig.get('resourcequota', 'none')).toMatchObject({ status: { hard: { pods: '0' } } }));
    try {
      await expect(launch('pod', 'crowded', ['/bin/sleep', '100'])).rejects.toMatchObject({
        code: 'QUOTA_EXCEEDED',
        detail: expect.stringContaining('pods=1'),
      });
    } finally {
      await rig.kubectl('delete', 'resourcequota', 'none');
    }
    // Nobody looks out for it any longer, so it can be asked for again.
    await launch('pod', 'crowded', ['/usr/bin/xterm']);
    await until('crowded', { phase: 'running' });
    await stop('crowded');
  });

  it('as pod goes, with what it left, when its end is known', async () => {
    await launch('pod', 'over', ['/bin/true']);
    await until('over', { phase: 'exited', leftovers: 'output' });
    await stop('over');
    await eventually(async () => expect(await desktops.applicationOf(desktop, 'over')).toBeUndefined());
  });

  it('as pod is the only one who reaches the display of its desktop', async () => {
    const other = await desktops.start();
    const { status } = await rig.get<PodStatus>('pod', `deskhand-${other.desktop}-1`);
    // The other desktop's display is asked from a pod of this one, and from its own.
    const ask = ['/bin/bash', '-c', `timeout 3 bash -c 'exec 3<>/dev/tcp/${status.podIP}/6000' && echo reached || echo closed`];
    await launch('pod', 'stranger', ask);
    await until('stranger', { phase: 'exited' });
    expect(await log('stranger')).toContain('closed');
    const container = { engine: 'pod', image: image() } as const;
    await desktops.runtime.startApplication({ ...other, id: 'own', application: 'terminal', command: ask, container });
    await desktops.untilApplication(other, 'own', { phase: 'exited' });
    expect(await desktops.runtime.applicationLog({ ...other, id: 'own' })).toContain('reached');
  });

  it('as pod fails where somebody else has the name of its policy, which is left as it is', async () => {
    const other = await desktops.start();
    const name = `deskhand-${other.desktop}-1`;
    const spec = { podSelector: { matchLabels: { nobody: 'has-it' } }, policyTypes: ['Ingress'] };
    await rig.apply({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name }, spec });
    const container = { engine: 'pod', image: image() } as const;
    const asked = { ...other, id: 'refused', application: 'terminal', command: ['/bin/true'], container };
    await expect(desktops.runtime.startApplication(asked)).rejects.toMatchObject({
      code: 'POD_REFUSED',
      detail: expect.stringContaining(`${name} among the networkpolicies`),
    });
    await desktops.gone(other);
    expect(await rig.get('networkpolicy', name)).toMatchObject({ spec });
    expect(await rig.kubectl('get', 'pods', '-o', 'name')).not.toContain(other.desktop);
  });

  it('go with their desktop', async () => {
    const own = await desktops.start();
    const container = { engine: 'pod', image: image() } as const;
    await desktops.runtime.startApplication({ ...own, id: 'left', application: 'terminal', command: ['/bin/sleep', '100'], container });
    await desktops.untilApplication(own, 'left', { phase: 'running' });
    await desktops.gone(own);
    await eventually(async () => {
      const left = await rig.kubectl('get', 'pods,secrets,networkpolicies', '-l', `deskhand.io/desktop=${own.desktop}`, '-o', 'name');
      expect(left).toBe('');
    });
  });
});

const isOver = (application: ObservedApplication | undefined): boolean =>
  application === undefined || application.phase === 'exited' || application.phase === 'failed';
