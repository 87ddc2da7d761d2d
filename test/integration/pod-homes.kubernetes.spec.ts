/** Where the files of a user are, on a real cluster: in an empty folder, in a claim of their own, or in a folder of a shared claim. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ApplicationContainer, DesktopSpec } from '#libs/runtime';
import { findCluster, makeVolume, volumeFolder } from '../support/cluster.js';
import { Desktops, newId } from '../support/desktops.js';
import { eventually } from '../support/eventually.js';
import { KubernetesRig, secretOf } from '../support/kubernetes-rig.js';

describe.skipIf(!findCluster())('the home of a user', () => {
  let rig: KubernetesRig;
  const opened: Desktops[] = [];

  beforeAll(async () => {
    rig = await KubernetesRig.make('homes');
  });
  afterEach(async () => {
    for (const desktops of opened.splice(0)) await desktops.dispose();
  });
  afterAll(() => rig.dispose());

  const open = (home: object, more: object = {}): Desktops => {
    const desktops = new Desktops(rig.open({ home, applicationRequests: { memory: '32Mi' }, ...more }), secretOf);
    opened.push(desktops);
    return desktops;
  };
  /** A volume for claims of a class of this name. */
  const volume = async (...accessModes: string[]): Promise<string> => {
    const name = `test-${randomBytes(4).toString('hex')}`;
    await makeVolume(rig.cluster, name, accessModes.length > 0 ? accessModes : undefined);
    return name;
  };
  const write = (target: DesktopSpec, text: string) => rig.exec(target, 'sh', '-c', `printf '${text}' > ~/note.txt`);
  const read = (target: DesktopSpec) => rig.exec(target, 'sh', '-c', 'cat ~/note.txt || true');
  const claims = () => rig.kubectl('get', 'persistentvolumeclaims', '-o', 'name');
  /** What an application of this kind finds there. */
  const seenBy = async (desktops: Desktops, target: DesktopSpec, engine: ApplicationContainer['engine']): Promise<string> => {
    const id = `reader-${engine}`;
    const container = { engine, image: rig.cluster.images.terminal };
    const command = ['/bin/sh', '-c', 'cat ~/note.txt; touch ~/written-by-application'];
    await desktops.runtime.startApplication({ ...target, id, application: 'reader', command, container });
    await desktops.untilApplication(target, id, { phase: 'exited', exitCode: 0 });
    return desktops.runtime.applicationLog({ ...target, id });
  };

  it('that is an empty folder is there for the applications of its pod, and goes with it', async () => {
    const desktops = open({ kind: 'none' });
    const first = await desktops.start();
    await write(first, 'hello');
    expect(await seenBy(desktops, first, 'ephemeral-container')).toBe('hello');
    await desktops.gone(first);
    const second = await desktops.start(desktops.spec({ desktop: first.desktop, run: 2 }));
    expect(await read(second)).toBe('');
  });

  it('that is a claim outlives the desktop, and is there for applications of both kinds', async () => {
    const storageClassName = await volume();
    const desktops = open({ kind: 'persistentVolumeClaim', storageClassName });
    const user = newId();
    const first = await desktops.start(desktops.spec({ user }));
    await write(first, 'kept');
    expect(await seenBy(desktops, first, 'ephemeral-container')).toBe('kept');
    expect(await seenBy(desktops, first, 'pod')).toBe('kept');
    await desktops.gone(first);
    expect(await claims()).toContain(`deskhand-home-${user}`);
    const second = await desktops.start(desktops.spec({ user, desktop: first.desktop, run: 2 }));
    expect(await read(second)).toBe('kept');
  });

  it('is no claim that somebody else made, which is left as it is', async () => {
    const desktops = open({ kind: 'persistentVolumeClaim' });
    const target = desktops.spec({ user: newId() });
    const name = `deskhand-home-${target.user}`;
    const spec = { accessModes: ['ReadWriteOnce'], storageClassName: 'manual', resources: { requests: { storage: '1Gi' } } };
    await rig.apply({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, labels: { mine: 'yes' } }, spec });
    await expect(desktops.runtime.startDesktop(target)).rejects.toMatchObject({
      code: 'CLAIM_NOT_BOUND',
      detail: expect.stringContaining(`${name} among the persistentvolumeclaims`),
    });
    await desktops.gone(target);
    expect(await rig.get('persistentvolumeclaim', name)).toMatchObject({ metadata: { labels: { mine: 'yes' } }, spec });
    expect(await rig.kubectl('get', 'pods,secrets', '-l', `deskhand.io/desktop=${target.desktop}`, '-o', 'name')).toBe('');
  });

  it('that is a claim which is not kept goes with the desktop', async () => {
    const storageClassName = await volume();
    const desktops = open({ kind: 'persistentVolumeClaim', keep: false, storageClassName });
    const desktop = await desktops.start();
    await write(desktop, 'gone');
    expect(await seenBy(desktops, desktop, 'pod')).toBe('gone');
    expect(await claims()).toContain(desktop.desktop);
    await desktops.gone(desktop);
    await eventually(async () => expect(await claims()).not.toContain(desktop.desktop));
  });

  it('that is a folder of a shared claim is each their own', async () => {
    const storageClassName = await volume('ReadWriteMany');
    const spec = { storageClassName, accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Gi' } } };
    await rig.apply({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'homes' }, spec });
    const desktops = open({ kind: 'existingClaim', claim: 'homes', subPath: 'users/{user}' });
    const [fry, leela] = [newId(), newId()];
    const one = await desktops.start(desktops.spec({ user: fry }));
    const other = await desktops.start(desktops.spec({ user: leela }));
    await write(one, 'of fry');
    expect(await seenBy(desktops, one, 'pod')).toBe('of fry');
    expect(await read(other)).toBe('');
    const users = join(volumeFolder(rig.cluster, storageClassName), 'users');
    expect(readdirSync(users).toSorted()).toStrictEqual([fry, leela].toSorted());
    expect(existsSync(join(users, fry, 'written-by-application'))).toBe(true);
  });

  it('has the files of the login beside it, and volumes that the configuration adds', async () => {
    await rig.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'team' }, data: { 'motd.txt': 'good news' } });
    const volumes = [
      { name: 'team', mountPath: '/team', configMap: 'team', readOnly: true },
      { name: 'scratch', mountPath: '/scratch', emptyDir: '10Mi' },
    ];
    const desktops = open({ kind: 'none' }, { volumes, env: { TEAM: '$(HOME) crew' } });
    const desktop = await desktops.start(desktops.spec({ userFiles: { krb5cc: Buffer.from('ticket') } }));
    const command =
      'cat /run/deskhand/user/krb5cc /team/motd.txt; echo " $TEAM"; touch /scratch/x && ls /scratch; touch /team/x 2>&1 || true';
    for (const said of [await rig.exec(desktop, 'sh', '-c', command), await inContainer(desktops, desktop, command)]) {
      expect(said).toMatch(/^ticketgood news \$\(HOME\) crew$/m);
      expect(said).toMatch(/^x$/m);
      expect(said).toMatch(/Read-only/);
    }
    await desktops.gone(desktop);
    await eventually(async () => expect(await rig.kubectl('get', 'secrets', '-o', 'name')).toBe(''));
  });

  async function inContainer(desktops: Desktops, target: DesktopSpec, script: string): Promise<string> {
    const container = { engine: 'ephemeral-container', image: rig.cluster.images.terminal } as const;
    await desktops.runtime.startApplication({
      ...target,
      id: 'looker',
      application: 'looker',
      command: ['/bin/sh', '-c', script],
      container,
    });
    await desktops.untilApplication(target, 'looker', { phase: 'exited' });
    return desktops.runtime.applicationLog({ ...target, id: 'looker' });
  }
});
