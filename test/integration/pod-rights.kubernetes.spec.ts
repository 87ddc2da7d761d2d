/** What Deskhand does in its namespace is what its Role lets it do, no verb more and no verb less: the cluster's own audit log says so. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCluster, makeVolume } from '../support/cluster.js';
import { Desktops, newId } from '../support/desktops.js';
import { eventually } from '../support/eventually.js';
import { KubernetesRig, secretOf } from '../support/kubernetes-rig.js';

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly namespace?: string };
  readonly responseStatus?: { readonly code?: number };
}

describe.skipIf(!findCluster())('the rights of Deskhand', () => {
  let rig: KubernetesRig;

  beforeAll(async () => {
    rig = await KubernetesRig.make('rights');
  });
  afterAll(() => rig.dispose());

  const used = (): AuditEvent[] =>
    readFileSync(join(rig.cluster.state, 'log/audit.log'), 'utf8')
      .trim()
      .split('\n')
      .map((line): AuditEvent => JSON.parse(line))
      .filter(({ user }) => user.username === `system:serviceaccount:${rig.namespace}:deskhand`);

  it('are those that it uses', async () => {
    const storageClassName = `rights-${newId().slice(0, 8)}`;
    await makeVolume(rig.cluster, storageClassName);
    const home = { kind: 'persistentVolumeClaim', storageClassName };
    const desktops = new Desktops(rig.open({ home, applicationRequests: { memory: '32Mi' } }), secretOf);
    const desktop = await desktops.start();
    // The second pod finds its policy there.
    for (const [id, engine] of [
      ['container', 'ephemeral-container'],
      ['first', 'pod'],
      ['second', 'pod'],
    ] as const) {
      const container = { engine, image: rig.cluster.images.terminal };
      await desktops.runtime.startApplication({
        ...desktop,
        id,
        application: 'sleeper',
        command: ['/bin/echo', 'hello'],
        container,
      });
      await desktops.untilApplication(desktop, id, { phase: 'exited' });
      expect(await desktops.runtime.applicationLog({ ...desktop, id })).toContain('hello');
    }
    await desktops.dispose();
    // A Secret whose pod never came.
    const refused = new Desktops(rig.open({ security: 'baseline' }), secretOf);
    await expect(refused.runtime.startDesktop(refused.spec())).rejects.toMatchObject({ code: 'POD_REFUSED' });

    const { rules } = await rig.get<{ rules: { resources: string[]; verbs: string[] }[] }>('role', 'deskhand');
    const allowed = rules.flatMap(({ resources, verbs }) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)));
    await eventually(() => {
      const done = used().map(
        ({ verb, objectRef }) => `${verb} ${[objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/')}`,
      );
      expect([...new Set(done)].toSorted()).toStrictEqual(allowed.toSorted());
    });
  });

  it('end at its namespace', () => {
    expect(new Set(used().map(({ objectRef }) => objectRef?.namespace))).toStrictEqual(new Set([rig.namespace]));
  });

  it('were never too few', () => {
    // A pod that Pod Security refuses is a 403 too, and meant here.
    const refused = used().filter(({ verb, responseStatus }) => responseStatus?.code === 403 && verb !== 'create');
    expect(refused).toStrictEqual([]);
  });

  it('of a desktop are none', async () => {
    const account = `system:serviceaccount:${rig.namespace}:deskhand-desktop`;
    const said = await rig.kubectl('auth', 'can-i', '--list', '--as', account);
    expect(said).not.toMatch(/pods|secrets|events|configmaps/);
  });
});
