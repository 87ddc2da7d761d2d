/** Desktops and pods are compared, at start and ever again: whatever is too much goes, whatever is missing has an end that is told. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ApiServer } from '../support/api-server.js';
import { findCluster } from '../support/cluster.js';
import { Desktops } from '../support/desktops.js';
import { eventually } from '../support/eventually.js';
import { KubernetesRig, secretOf } from '../support/kubernetes-rig.js';

describe.skipIf(!findCluster())('desktops and pods', () => {
  let rig: KubernetesRig;
  const servers: ApiServer[] = [];

  beforeAll(async () => {
    rig = await KubernetesRig.make('reconciled');
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.remove().catch(() => undefined)));
    await rig.kubectl('delete', 'pods,secrets,networkpolicies', '--all');
  });
  afterAll(() => rig.dispose());

  const serve = async (installation = 'deskhand', data?: string): Promise<ApiServer> => {
    const more = { runtime: rig.runtimeSettings(), installation: { id: installation }, desktops: { sweepMs: 2_000 } };
    const server = await ApiServer.start({ more, store: { kind: 'sqlite' }, ...(data ? { data } : {}) });
    servers.push(server);
    return server;
  };
  const someone = async (server: ApiServer) => {
    const client = server.client();
    await client.logIn('fry');
    return client;
  };
  const objects = async (kinds = 'pods,secrets'): Promise<string[]> =>
    (await rig.kubectl('get', kinds, '-l', 'app.kubernetes.io/managed-by=deskhand', '-o', 'name')).trim().split('\n').filter(Boolean);

  it('that nobody asked for go', async () => {
    // Made by a control plane whose log is lost.
    const lost = new Desktops(rig.open(), secretOf);
    await lost.start();
    expect(await objects()).toHaveLength(2);
    await serve();
    await eventually(async () => expect(await objects()).toStrictEqual([]));
  });

  it('of which only a Secret is left go', async () => {
    const labels = {
      'app.kubernetes.io/name': 'deskhand',
      'app.kubernetes.io/instance': 'deskhand',
      'app.kubernetes.io/managed-by': 'deskhand',
      'deskhand.io/desktop': 'killed-between-two-writes',
      'deskhand.io/run': '7',
    };
    await serve();
    await rig.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'leftover', labels } });
    await eventually(async () => expect(await objects()).toStrictEqual([]));
  });

  it('stay when the control plane is started again', async () => {
    const first = await serve();
    const client = await someone(first);
    const { id, run } = await client.readyDesktop();
    const before = await rig.get<{ items: { metadata: { uid: string } }[] }>('pods');
    const data = await first.stop();
    const second = await serve('deskhand', data);
    const again = await someone(second);
    expect(await again.readyDesktop()).toMatchObject({ id, run });
    expect((await rig.get<{ items: { metadata: { uid: string } }[] }>('pods')).items.map(({ metadata }) => metadata.uid)).toStrictEqual(
      before.items.map(({ metadata }) => metadata.uid),
    );
  });

  it('that were deleted by hand while the control plane was away end in a clear state', async () => {
    const first = await serve();
    const { id } = await (await someone(first)).readyDesktop();
    const data = await first.stop();
    await rig.kubectl('delete', 'pods,secrets', '--all');
    const client = await someone(await serve('deskhand', data));
    expect((await client.untilStatus(id, 'failed')).body).toMatchObject({ cause: 'DESKTOP_LOST' });
    expect(await client.readyDesktop()).toMatchObject({ id, run: 2 });
  });

  it('heal when every object of them is deleted while they run', async () => {
    const client = await someone(await serve());
    const { id } = await client.readyDesktop();
    await rig.kubectl('delete', 'secrets,networkpolicies', '--all');
    await rig.kubectl('delete', 'pods', '--all', '--wait=false');
    expect((await client.untilStatus(id, 'failed')).body).toMatchObject({ cause: 'DESKTOP_LOST' });
    expect(await client.readyDesktop()).toMatchObject({ id, run: 2 });
    expect(await objects('pods')).toHaveLength(1);
  });

  it('of another installation in the same namespace are never touched', async () => {
    const ours = await someone(await serve());
    const theirs = await someone(await serve('other'));
    const [one, other] = [await ours.readyDesktop(), await theirs.readyDesktop()];
    // The same user and the same profile: the same id in both.
    expect(one.id).toBe(other.id);
    expect(await objects('pods')).toHaveLength(2);
    await ours.call('DELETE', `/api/v1/desktops/${one.id}`);
    await ours.untilStatus(one.id, 'stopped');
    // Several sweeps later it is still there.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(await objects('pods')).toStrictEqual([`pod/other-${other.id}-1`]);
    expect((await theirs.call('GET', `/api/v1/desktops/${other.id}`)).body).toMatchObject({ status: 'ready', observed: 'present' });
  });

  it('of two control planes for one installation are one', async () => {
    // Whoever asks twice at once, and whoever else works on it: names are derived, so what is there already is success.
    const [one, other] = [rig.open(), rig.open()];
    const desktops = new Desktops(one, secretOf);
    const spec = desktops.spec();
    await Promise.all([one.startDesktop(spec), other.startDesktop(spec)]);
    await desktops.untilRunning(spec);
    expect(await objects()).toHaveLength(2);
    await desktops.dispose();
  });
});
