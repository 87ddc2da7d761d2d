/** Keeps what the cluster has of one kind in memory: list, watch, list again on a timer and after any error. A watch is not to be trusted for ever. */
import { setTimeout as startTimer } from 'node:timers';
import { setTimeout } from 'node:timers/promises';
import { DeskhandError } from '#libs/common';
import { messageOf } from './cluster.errors.js';
import type { ClusterClient, Resource, Selection, WatchEvent } from './cluster-client.js';
import type { KubernetesObject } from './kubernetes.objects.js';

const RELIST_MS = 300_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A watch that lasted so long was no failure to begin with. */
const LASTING_MS = 10_000;

export interface WatchedObjectsOptions<T> {
  readonly resource: Resource;
  readonly selection: Selection;
  /** What belongs together and is asked for together. */
  readonly groupOf: (object: T) => string | undefined;
  /** Told of every object that came, changed or went. */
  readonly onChange: (object: T, isGone: boolean) => void;
  /** Told when the cluster can be asked again or no longer. */
  readonly onReach: () => void;
}

export class WatchedObjects<T extends KubernetesObject> {
  readonly #objects = new Map<string, T>();
  readonly #groups = new Map<string, Map<string, T>>();
  readonly #closing = new AbortController();
  /** Resolves when the cluster has answered, or failed to, for the first time. */
  readonly asked: Promise<void>;
  #answered: () => void = () => {};
  #unreachable: string | undefined = 'the cluster was not asked yet';
  /** Why it may not be watched: what was listed then grows old unseen. */
  #refused: string | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: Pick<ClusterClient, 'list' | 'follow'>,
    private readonly options: WatchedObjectsOptions<T>,
  ) {
    this.asked = new Promise((resolve) => {
      this.#answered = resolve;
    });
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Why what is here may be wrong; undefined as long as it is to be believed. */
  get unreachable(): string | undefined {
    return this.#unreachable;
  }

  values(): readonly T[] {
    return [...this.#objects.values()];
  }

  /** The objects of a group. */
  of(group: string): readonly T[] {
    return [...(this.#groups.get(group)?.values() ?? [])];
  }

  get(name: string): T | undefined {
    return this.#objects.get(name);
  }

  /** What a write has just answered: the watch will say the same a moment later, unless it has said more already. */
  put(object: T): void {
    if (!isOlder(object.metadata?.resourceVersion, this.get(object.metadata?.name ?? '')?.metadata?.resourceVersion)) this.#keep(object);
  }

  /** The same of an object that may have gone meanwhile: what the watch has told to be gone does not come back. */
  renew(object: T): void {
    if (this.get(object.metadata?.name ?? '')) this.put(object);
  }

  /** What a write says is not there. */
  drop(name: string): void {
    const object = this.get(name);
    if (object) this.#take({ type: 'DELETED', object });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let pause = FIRST_PAUSE_MS; !signal.aborted; ) {
      const began = Date.now();
      try {
        await this.#followFor(RELIST_MS, await this.#list());
        pause = FIRST_PAUSE_MS;
      } catch {
        // What the watch saw last may still be true; only a list that fails says that the cluster cannot be asked.
        if (Date.now() - began > LASTING_MS) pause = FIRST_PAUSE_MS;
        await setTimeout(pause, undefined, { signal, ref: false }).catch(() => undefined);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
      }
    }
  }

  async #list(): Promise<string> {
    const { resource, selection } = this.options;
    try {
      const { items, metadata } = await this.client.list<T>(resource, selection);
      this.#replace(this.values(), items, metadata?.resourceVersion);
      this.#reached(this.#refused);
      return metadata?.resourceVersion ?? '';
    } catch (error) {
      this.#reached(messageOf(error));
      throw error;
    }
  }

  /**
   * Reads one group anew, past the watch: for decisions that cannot be taken back.
   *
   * @param labelSelector selects the group
   * @throws where the cluster cannot be asked
   */
  async refresh(group: string, labelSelector: string): Promise<void> {
    const { items, metadata } = await this.client.list<T>(this.options.resource, { ...this.options.selection, labelSelector });
    this.#replace(this.of(group), items, metadata?.resourceVersion);
  }

  /** @param known what the list would hold if nothing had changed @param version of the list: what is newer, the list does not know */
  #replace(known: readonly T[], items: readonly T[], version: string | undefined): void {
    const names = new Set(items.map(({ metadata }) => metadata?.name));
    for (const object of known) {
      const hasGone = !names.has(object.metadata?.name) && !isOlder(version, object.metadata?.resourceVersion);
      if (hasGone) this.#take({ type: 'DELETED', object });
    }
    for (const object of items) {
      if (this.get(object.metadata?.name ?? '')?.metadata?.resourceVersion !== object.metadata?.resourceVersion)
        this.#take({ type: 'MODIFIED', object });
    }
  }

  async #followFor(ms: number, version: string): Promise<void> {
    const { resource, selection } = this.options;
    const relist = new AbortController();
    const timer = startTimer(() => relist.abort(), ms);
    timer.unref();
    const signal = AbortSignal.any([relist.signal, this.#closing.signal]);
    const onOpen = (): void => {
      if (this.#refused === undefined) return;
      this.#refused = undefined;
      this.#reached(undefined);
    };
    try {
      await this.client.follow<T>(resource, selection, version, { onOpen, onEvent: (event) => this.#take(event) }, signal);
    } catch (error) {
      if (error instanceof DeskhandError) {
        this.#refused = messageOf(error);
        this.#reached(this.#refused);
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** What is older than what is known already is no news. */
  #take({ type, object }: WatchEvent<T>): void {
    if (isOlder(object.metadata?.resourceVersion, this.get(object.metadata?.name ?? '')?.metadata?.resourceVersion)) return;
    if (type === 'DELETED') this.#forget(object);
    else this.#keep(object);
    this.options.onChange(object, type === 'DELETED');
  }

  #keep(object: T): void {
    const name = object.metadata?.name ?? '';
    // Who set which field when: half of an object, and nobody reads it.
    if (object.metadata) delete object.metadata.managedFields;
    this.#objects.set(name, object);
    const key = this.options.groupOf(object);
    if (key === undefined) return;
    const group = this.#groups.get(key) ?? new Map<string, T>();
    this.#groups.set(key, group.set(name, object));
  }

  #forget(object: T): void {
    const name = object.metadata?.name ?? '';
    this.#objects.delete(name);
    const key = this.options.groupOf(object) ?? '';
    const group = this.#groups.get(key);
    group?.delete(name);
    if (group?.size === 0) this.#groups.delete(key);
  }

  #reached(reason: string | undefined): void {
    const changed = (this.#unreachable === undefined) !== (reason === undefined);
    this.#unreachable = reason;
    this.#answered();
    if (changed) this.options.onReach();
  }
}

/** Versions of one kind count up: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions */
function isOlder(version = '', than = ''): boolean {
  return /^\d+$/.test(version) && /^\d+$/.test(than) && BigInt(version) < BigInt(than);
}
