/** Starts that are repeated, against an apiserver whose quota runs out, or whose answer is lost, between the two: a real one cannot be made to do so at that very moment. */
import { afterEach, expect, test } from 'vitest';
import { DeskhandError } from '#libs/common';
import type { ObservedRun } from '../runtime.js';
import { ClusterError, ClusterUnanswered } from './cluster.errors.js';
import type { ClusterClient, ObjectList } from './cluster-client.js';
import type { KubernetesObject } from './kubernetes.objects.js';
import { KubernetesRuntime } from './kubernetes-runtime.js';
import { installation, settings, spec } from './manifest.fixtures.js';

/** Keeps what is made by name. Admission speaks before anybody looks whether the name is taken, as it does in a cluster. */
class Apiserver implements Pick<ClusterClient, 'list' | 'version' | 'follow' | 'create' | 'patch' | 'delete'> {
  readonly stored = new Map<string, KubernetesObject>();
  /** Resources of which no more may be made. */
  full: readonly string[] = [];
  /** The next that is made of this resource is made, and its answer lost. */
  unanswered: string | undefined;
  /** Whoever patches is killed. */
  isLastStepMissed = false;

  get names(): readonly string[] {
    return [...this.stored.keys()].sort();
  }

  async list<T>(resource: string, { fieldSelector = '' }: { readonly fieldSelector?: string }): Promise<ObjectList<T>> {
    const name = fieldSelector.replace('metadata.name=', '');
    const items = [...this.stored].filter(([key]) => (name ? key === `${resource}/${name}` : key.startsWith(`${resource}/`)));
    return { items: items.map(([, object]) => object as T), metadata: { resourceVersion: '1' } };
  }

  async version(): Promise<string> {
    return '1';
  }

  async follow(_resource: unknown, _selection: unknown, _version: string, _listener: unknown, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  async create<T extends KubernetesObject>(resource: string, object: T): Promise<T> {
    if (this.full.includes(resource)) throw new DeskhandError('QUOTA_EXCEEDED', 'exceeded quota: small');
    const key = `${resource}/${object.metadata?.name}`;
    if (this.stored.has(key)) throw new ClusterError(409, 'AlreadyExists', key);
    const made = { ...object, metadata: { ...object.metadata, uid: 'uid-1', resourceVersion: '1' } };
    this.stored.set(key, made);
    if (this.unanswered === resource) {
      this.unanswered = undefined;
      throw new ClusterUnanswered(new Error('other side closed'));
    }
    return made;
  }

  async patch<T>(resource: string, name: string, _kind: string, { metadata }: KubernetesObject): Promise<T> {
    if (this.isLastStepMissed) throw new Error('killed');
    const key = `${resource}/${name}`;
    const object = this.stored.get(key);
    if (!object) throw new ClusterError(404, 'NotFound', key);
    const patched = { ...object, metadata: { ...object.metadata, ...metadata, resourceVersion: '2' } };
    this.stored.set(key, patched);
    return patched as T;
  }

  async delete<T>(resource: string, name: string): Promise<T> {
    this.stored.delete(`${resource}/${name}`);
    return {} as T;
  }
}

const runtimes: KubernetesRuntime[] = [];
afterEach(async () => {
  await Promise.all(runtimes.splice(0).map((runtime) => runtime.close()));
});

/** @param pod settings of its pods */
function open(server = new Apiserver(), pod: object = {}): { server: Apiserver; runtime: KubernetesRuntime } {
  const runtime = new KubernetesRuntime({
    client: server as unknown as ClusterClient,
    installation,
    settingsOf: () => settings(pod),
    secretOf: () => new Uint8Array(32),
  });
  runtimes.push(runtime);
  return { server, runtime };
}

test('a start that is repeated under a used-up quota leaves the desktop that is there as it is', async () => {
  const { server, runtime } = open();
  await runtime.startDesktop(spec);
  const { names } = server;
  expect(names.some((name) => name.startsWith('pods/')) && names.some((name) => name.startsWith('secrets/'))).toBe(true);
  server.full = ['pods', 'secrets'];
  await runtime.startDesktop(spec);
  expect(server.names).toStrictEqual(names);
});

test('a start for which there is no room fails with its cause, and leaves no Secret behind', async () => {
  const { server, runtime } = open();
  server.full = ['pods'];
  await expect(runtime.startDesktop(spec)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  expect(server.names.filter((name) => !name.startsWith('persistentvolumeclaims/'))).toStrictEqual([]);
});

test('the next run has no claim on the place of the last one', async () => {
  const { server, runtime } = open();
  await runtime.startDesktop(spec);
  const { names } = server;
  server.full = ['pods'];
  await expect(runtime.startDesktop({ ...spec, run: spec.run + 1 })).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  expect(server.names).toStrictEqual(names);
});

test('a start whose answer is lost keeps what was made for it, and succeeds when it is repeated', async () => {
  const { server, runtime } = open();
  server.unanswered = 'pods';
  await expect(runtime.startDesktop({ ...spec, userFiles: { ticket: new Uint8Array(1) } })).rejects.toMatchObject({
    code: 'RUNTIME_UNAVAILABLE',
    detail: expect.stringContaining('other side closed'),
  });
  const { names } = server;
  expect(names.map((name) => name.split('/')[0])).toStrictEqual(['pods', 'secrets', 'secrets']);
  await runtime.startDesktop({ ...spec, userFiles: { ticket: new Uint8Array(1) } });
  expect(server.names).toStrictEqual(names);
});

test.each(['pods', 'secrets'])(
  'a start fails where somebody else has its name among the %s, whose object is left as it is',
  async (resource) => {
    const { server, runtime } = open();
    const name = `deskhand-${spec.desktop}-${spec.run}`;
    const foreign = { metadata: { name, labels: { 'app.kubernetes.io/name': 'deskhand', 'app.kubernetes.io/instance': 'another' } } };
    server.stored.set(`${resource}/${name}`, foreign);
    await expect(runtime.startDesktop(spec)).rejects.toMatchObject({ code: 'POD_REFUSED', detail: expect.stringContaining(name) });
    await runtime.stopDesktop(spec);
    expect([...server.stored.values()].filter(({ metadata }) => metadata?.labels?.['deskhand.io/run'])).toStrictEqual([]);
    expect(server.stored.get(`${resource}/${name}`)).toBe(foreign);
  },
);

test('a start fails where somebody else has the name of its claim, which is left as it is; with our labels it is the home', async () => {
  const { server, runtime } = open(new Apiserver(), { home: { kind: 'persistentVolumeClaim' } });
  const key = `persistentvolumeclaims/deskhand-home-${spec.user}`;
  const foreign: KubernetesObject = { metadata: { name: `deskhand-home-${spec.user}`, labels: { 'app.kubernetes.io/name': 'deskhand' } } };
  server.stored.set(key, foreign);
  const error: DeskhandError = await runtime.startDesktop(spec).then(
    () => expect.fail('it started'),
    (thrown) => thrown,
  );
  expect(error).toMatchObject({ code: 'CLAIM_NOT_BOUND', detail: expect.stringContaining(`deskhand-home-${spec.user}`) });
  await runtime.stopDesktop(spec);
  expect([...server.stored]).toStrictEqual([[key, foreign]]);
  const labels = Object.fromEntries([...error.detail.matchAll(/([\w./-]+)=([\w-]+)/g)].map(([, label, value]) => [label, value]));
  server.stored.set(key, { metadata: { ...foreign.metadata, labels } });
  await runtime.startDesktop(spec);
  expect(server.names).toContain(`pods/deskhand-${spec.desktop}-${spec.run}`);
});

test('a start whose last step was missed is unfinished, for whoever looks, until it is repeated', async () => {
  const { server, runtime } = open();
  server.isLastStepMissed = true;
  await expect(runtime.startDesktop({ ...spec, userFiles: { ticket: new Uint8Array(1) } })).rejects.toThrow('killed');
  server.isLastStepMissed = false;
  const { runtime: next } = open(server);
  const look = async () => (await next.observe(spec.desktop)) as { readonly runs: readonly ObservedRun[] };
  expect((await look()).runs).toMatchObject([{ run: spec.run, phase: 'pending', isUnfinished: true }]);
  // What the login made is known no more, but it is there.
  await next.startDesktop(spec);
  const secrets = [...server.stored].filter(([key]) => key.startsWith('secrets/')).map(([, { metadata }]) => metadata?.ownerReferences);
  expect(secrets).toMatchObject([[{ kind: 'Pod', uid: 'uid-1' }], [{ kind: 'Pod', uid: 'uid-1' }]]);
  expect((await look()).runs[0]).not.toHaveProperty('isUnfinished');
});
