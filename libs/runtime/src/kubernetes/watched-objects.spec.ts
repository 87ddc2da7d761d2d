/** The memory of a watch against an apiserver that says and breaks what it likes: what is believed, and when nothing is. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { DeskhandError } from '#libs/common';
import type { ClusterClient, ObjectList, WatchEvent, WatchListener } from './cluster-client.js';
import type { KubernetesObject } from './kubernetes.objects.js';
import { WatchedObjects } from './watched-objects.js';

const object = (name: string, version: number, group = 'g'): KubernetesObject => ({
  metadata: { name, resourceVersion: String(version), labels: { group } },
});

/** Plays the apiserver: its lists come in turn, the last for ever; a watch lasts until it is told to break. */
class Apiserver implements Pick<ClusterClient, 'list' | 'follow'> {
  tell: (event: WatchEvent<KubernetesObject>) => void = () => {};
  breakWatch: (error: Error) => void = () => {};
  from: string[] = [];
  /** To whoever wants to watch. */
  refusal: Error | undefined;

  constructor(private readonly lists: (ObjectList<KubernetesObject> | Error)[]) {}

  async list<T>(): Promise<ObjectList<T>> {
    const next = this.lists.length > 1 ? this.lists.shift() : this.lists[0];
    if (next instanceof Error) throw next;
    return next as ObjectList<T>;
  }

  async follow<T extends KubernetesObject>(
    _resource: unknown,
    _selection: unknown,
    version: string,
    { onOpen, onEvent }: WatchListener<T>,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.refusal) throw this.refusal;
    onOpen();
    this.from.push(version);
    this.tell = onEvent as (event: WatchEvent<KubernetesObject>) => void;
    await new Promise<void>((resolve, reject) => {
      this.breakWatch = reject;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

describe('objects that are watched', () => {
  const opened: WatchedObjects<KubernetesObject>[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });

  function watch(...lists: (ObjectList<KubernetesObject> | Error)[]) {
    const server = new Apiserver(lists);
    const told: string[] = [];
    const objects = new WatchedObjects<KubernetesObject>(server, {
      resource: 'pods',
      selection: {},
      groupOf: ({ metadata }) => metadata?.labels?.group,
      onChange: ({ metadata }, isGone) => told.push(`${metadata?.name} ${isGone ? 'gone' : metadata?.resourceVersion}`),
      onReach: () => told.push('reach'),
    });
    opened.push(objects);
    objects.start();
    return { server, told, objects };
  }
  const list = (version: string, ...items: KubernetesObject[]) => ({ items, metadata: { resourceVersion: version } });
  const names = (objects: WatchedObjects<KubernetesObject>) => objects.values().map(({ metadata }) => metadata?.name);

  test('are listed, then followed from there', async () => {
    const { server, told, objects } = watch(list('5', object('a', 1)));
    await objects.asked;
    expect(objects.unreachable).toBeUndefined();
    await vi.waitFor(() => expect(server.from).toStrictEqual(['5']));
    server.tell({ type: 'ADDED', object: object('b', 6) });
    server.tell({ type: 'MODIFIED', object: object('a', 7) });
    server.tell({ type: 'DELETED', object: object('b', 8) });
    expect(told).toStrictEqual(['a 1', 'reach', 'b 6', 'a 7', 'b gone']);
    expect(names(objects)).toStrictEqual(['a']);
  });

  test('are listed again when a watch breaks, and what went meanwhile is told', async () => {
    const { server, told, objects } = watch(list('5', object('a', 1), object('b', 2)), list('9', object('a', 7), object('c', 8)));
    await vi.waitFor(() => expect(server.from).toHaveLength(1));
    server.breakWatch(new Error('too old resource version'));
    await vi.waitFor(() => expect(server.from).toStrictEqual(['5', '9']));
    expect(told).toStrictEqual(['a 1', 'b 2', 'reach', 'b gone', 'a 7', 'c 8']);
    expect(names(objects).toSorted()).toStrictEqual(['a', 'c']);
  });

  test('are not to be believed while no list succeeds, and are again afterwards', async () => {
    const { server, told, objects } = watch(list('5', object('a', 1)), new Error('connection refused'), list('9', object('a', 1)));
    await vi.waitFor(() => expect(server.from).toHaveLength(1));
    server.breakWatch(new Error('socket hang up'));
    await vi.waitFor(() => expect(objects.unreachable).toContain('connection refused'));
    expect(names(objects)).toStrictEqual(['a']);
    await vi.waitFor(() => expect(objects.unreachable).toBeUndefined());
    expect(told).toStrictEqual(['a 1', 'reach', 'reach', 'reach']);
  });

  test('that a write answered count, unless the watch has said more already', async () => {
    const { server, objects } = watch(list('5'));
    await vi.waitFor(() => expect(server.from).toHaveLength(1));
    objects.put(object('a', 6));
    expect(objects.get('a')?.metadata?.resourceVersion).toBe('6');
    server.tell({ type: 'MODIFIED', object: object('a', 10) });
    objects.put(object('a', 9));
    expect(objects.get('a')?.metadata?.resourceVersion).toBe('10');
  });

  test('that a write did not find are forgotten', async () => {
    const { told, objects } = watch(list('5', object('a', 1)));
    await objects.asked;
    objects.drop('a');
    objects.drop('never-was');
    expect(names(objects)).toStrictEqual([]);
    expect(told).toStrictEqual(['a 1', 'reach', 'a gone']);
  });

  test('are found by their group', async () => {
    const { server, objects } = watch(list('5', object('a', 1, 'one'), object('b', 2, 'other')));
    await vi.waitFor(() => expect(server.from).toHaveLength(1));
    expect(objects.of('one').map(({ metadata }) => metadata?.name)).toStrictEqual(['a']);
    server.tell({ type: 'DELETED', object: object('a', 3, 'one') });
    expect(objects.of('one')).toStrictEqual([]);
    expect(objects.of('nobody')).toStrictEqual([]);
  });

  test('are renewed by what a write says, unless they have gone meanwhile', async () => {
    const { server, objects } = watch(list('5', object('a', 1), object('b', 1)));
    await vi.waitFor(() => expect(server.from).toHaveLength(1));
    objects.renew(object('a', 3));
    expect(objects.get('a')?.metadata?.resourceVersion).toBe('3');
    server.tell({ type: 'DELETED', object: object('b', 2) });
    objects.renew(object('b', 3));
    expect(objects.get('b')).toBeUndefined();
  });

  test('do not go back to what an older list or event says', async () => {
    const { server, objects } = watch(list('5', object('a', 1)), list('6', object('a', 1)));
    await vi.waitFor(() => expect(server.from).toHaveLength(1));
    objects.renew(object('a', 9));
    objects.put(object('b', 8));
    server.tell({ type: 'MODIFIED', object: object('a', 7) });
    // A list that was made before a and b were written.
    server.breakWatch(new Error('socket hang up'));
    await vi.waitFor(() => expect(server.from).toHaveLength(2));
    expect(objects.get('a')?.metadata?.resourceVersion).toBe('9');
    expect(names(objects)).toContain('b');
  });

  test('of one group are read anew, past a watch that has missed something', async () => {
    const { server, told, objects } = watch(list('5', object('a', 1, 'one'), object('b', 2, 'other')), list('9', object('c', 8, 'one')));
    await vi.waitFor(() => expect(server.from).toHaveLength(1));
    await objects.refresh('one', 'group=one');
    expect(names(objects).toSorted()).toStrictEqual(['b', 'c']);
    expect(told.slice(-2)).toStrictEqual(['a gone', 'c 8']);
  });

  test('are not to be believed while they may not be watched, which is not tried ever faster', async () => {
    const { server, told, objects } = watch(list('5'));
    await vi.waitFor(() => expect(server.from).toHaveLength(1));
    server.refusal = new DeskhandError('RUNTIME_FORBIDDEN', 'deskhand may not watch pods.');
    server.breakWatch(new Error('socket hang up'));
    await vi.waitFor(() => expect(objects.unreachable).toContain('may not watch pods'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(told.filter((each) => each === 'reach')).toHaveLength(2);
    server.refusal = undefined;
    await vi.waitFor(() => expect(objects.unreachable).toBeUndefined(), 5_000);
  });
});
