/** Talks JSON to the apiserver: every call has a time-out, every refusal a typed error. */
import { KubeConfig, type ResponseContext } from '@kubernetes/client-node';
import { DeskhandError } from '#libs/common';
import { ClusterError, ClusterUnanswered, refusalOf } from './cluster.errors.js';
import { ClusterConnection, type ClusterRequest } from './cluster-connection.js';
import type { KubernetesObject } from './kubernetes.objects.js';
import { lastOf, readLines } from './lines.js';

const TIMEOUT_MS = 10_000;
/** The apiserver ends a watch after this, and it is taken up again where it was. */
const WATCH_SECONDS = 1_800;
/** A watch that ends within this time would be asked for again and again. */
const TOO_SOON_MS = 1_000;
/** A watch that was silent for so long is asked for again: that shows whether there is still somebody at the other end. */
const SILENCE_MS = 30_000;
/** An apiserver that comes back answers before the caches are full from which it knows who may do what: for so long its word against us does not count. */
const FRESH_MS = 30_000;
/** Objects in one answer to a list: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks */
const PAGE = 500;
/** An object has 1.5 MiB at most in etcd. */
const MAX_LINE = 8 * 1024 * 1024;
/** Objects of which only the metadata is read, such as Secrets: https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
const METADATA_ONLY = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  one: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
};

export type Resource = 'pods' | 'secrets' | 'events' | 'persistentvolumeclaims' | 'networkpolicies';

export interface Selection {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Content of the objects is not wanted. */
  readonly metadataOnly?: boolean;
}

export interface ObjectList<T> {
  readonly items: readonly T[];
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
}

export type WatchEvent<T> = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'; readonly object: T };

/** Strategic merge: what kubectl does by default; lists of containers merge by name. */
export type PatchKind = 'strategic-merge-patch' | 'merge-patch';

export interface WatchListener<T> {
  /** The apiserver has agreed. */
  readonly onOpen: () => void;
  readonly onEvent: (event: WatchEvent<T>) => void;
}

export class ClusterClient {
  /** By `performance.now()`. */
  #unansweredAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly connection: Pick<ClusterConnection, 'send'>,
    private readonly namespace: string,
  ) {}

  /** @param kubeconfig a file; absent: what KUBECONFIG names, or the service account of this pod */
  static open(namespace: string, kubeconfig?: string): ClusterClient {
    const config = new KubeConfig();
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
    return new ClusterClient(new ClusterConnection(config), namespace);
  }

  /** All of them as they are now, page by page. */
  async list<T>(resource: Resource, selection: Selection): Promise<ObjectList<T>> {
    const items: T[] = [];
    for (let page: string | undefined; ; ) {
      const answer = await this.#page<T>(resource, selection, { limit: PAGE, continue: page });
      items.push(...(answer.items ?? []));
      page = answer.metadata?.continue || undefined;
      if (page === undefined) return { items, metadata: answer.metadata };
    }
  }

  /** The version to watch from, for whoever does not want what is there already. */
  async version(resource: Resource, selection: Selection): Promise<string> {
    const { metadata } = await this.#page(resource, selection, { limit: 1 });
    return metadata?.resourceVersion ?? '';
  }

  create<T extends KubernetesObject>(resource: Resource, object: T): Promise<T> {
    return this.#call({ method: 'POST', path: this.#path(resource), body: object });
  }

  patch<T>(resource: Resource, name: string, kind: PatchKind, body: object, subresource?: string): Promise<T> {
    const path = `${this.#path(resource)}/${name}${subresource ? `/${subresource}` : ''}`;
    return this.#call({ method: 'PATCH', path, body, contentType: `application/${kind}+json` });
  }

  /** @returns the object as it is about to go, or the status of its end */
  delete<T extends KubernetesObject>(resource: Resource, name: string, options: DeleteOptions = {}): Promise<T> {
    return this.#call({
      method: 'DELETE',
      path: `${this.#path(resource)}/${name}`,
      body: { apiVersion: 'v1', kind: 'DeleteOptions', ...options },
    });
  }

  /** The newest output of a container. */
  async log(pod: string, container: string, limitBytes: number): Promise<string> {
    const path = `${this.#path('pods')}/${pod}/log${queryOf({ container, tailLines: 2_000 })}`;
    const newest = await this.#read({ method: 'GET', path }, (answer) => lastOf(bytesOf(answer), limitBytes));
    // What was cut in the middle of a character begins with the next one.
    return newest.toString().replace(/^\uFFFD+/, '');
  }

  /**
   * Tells of every change after `version`, and takes a watch that ended up again where it was.
   *
   * @returns when the signal says so
   * @throws what broke it: to go on, list again
   */
  async follow<T extends KubernetesObject>(
    resource: Resource,
    selection: Selection,
    version: string,
    { onOpen, onEvent }: WatchListener<T>,
    signal: AbortSignal,
  ): Promise<void> {
    let last = version;
    while (!signal.aborted) {
      const began = Date.now();
      await this.#watch<T>(resource, selection, last, signal, {
        onOpen,
        onEvent: (event) => {
          if (event.type === 'ERROR') throw new Error('the apiserver ended the watch');
          last = event.object.metadata?.resourceVersion ?? last;
          if (event.type !== 'BOOKMARK') onEvent(event);
        },
      });
      if (!signal.aborted && Date.now() - began < TOO_SOON_MS) throw new Error('the watch ended at once');
    }
  }

  /** Until the apiserver ends it, it falls silent, or the signal says so. */
  async #watch<T>(
    resource: Resource,
    { metadataOnly, ...selection }: Selection,
    resourceVersion: string,
    signal: AbortSignal,
    { onOpen, onEvent }: WatchListener<T>,
  ): Promise<void> {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error('the apiserver is silent')), TIMEOUT_MS);
    let isOpen = false;
    try {
      const answer = await this.#answer({
        method: 'GET',
        path: `${this.#path(resource)}${queryOf({ ...selection, watch: 'true', resourceVersion, allowWatchBookmarks: 'true', timeoutSeconds: WATCH_SECONDS })}`,
        ...(metadataOnly ? { accept: METADATA_ONLY.one } : {}),
        signal: AbortSignal.any([signal, silence.signal]),
      });
      isOpen = true;
      onOpen();
      clearTimeout(timer);
      const quiet = setTimeout(() => silence.abort(), SILENCE_MS);
      try {
        for await (const line of readLines(bytesOf(answer), MAX_LINE, () => quiet.refresh())) onEvent(JSON.parse(line) as WatchEvent<T>);
      } finally {
        clearTimeout(quiet);
      }
    } catch (error) {
      if (!signal.aborted && !(isOpen && silence.signal.aborted)) throw this.#noted(error);
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }

  #path(resource: Resource): string {
    const group = resource === 'networkpolicies' ? '/apis/networking.k8s.io/v1' : '/api/v1';
    return `${group}/namespaces/${this.namespace}/${resource}`;
  }

  #page<T>(
    resource: Resource,
    { metadataOnly, ...selection }: Selection,
    page: { readonly limit: number; readonly continue?: string | undefined },
  ) {
    const path = `${this.#path(resource)}${queryOf({ ...selection, ...page })}`;
    return this.#call<ObjectList<T>>({ method: 'GET', path, ...(metadataOnly ? { accept: METADATA_ONLY.list } : {}) });
  }

  async #call<T>(request: Omit<ClusterRequest, 'signal'>): Promise<T> {
    return JSON.parse(await this.#read(request, ({ body }) => body.text())) as T;
  }

  /** @throws ClusterUnanswered, or what it was refused with */
  async #read<T>(request: Omit<ClusterRequest, 'signal'>, read: (answer: ResponseContext) => Promise<T>): Promise<T> {
    try {
      return await read(await this.#answer({ ...request, signal: AbortSignal.timeout(TIMEOUT_MS) }));
    } catch (error) {
      throw this.#noted(error);
    }
  }

  /** The same, or that there was no answer. */
  #noted(error: unknown): unknown {
    if (error instanceof ClusterError || error instanceof DeskhandError) return error;
    this.#unansweredAt = performance.now();
    return new ClusterUnanswered(error);
  }

  async #answer(request: ClusterRequest) {
    const answer = await this.connection.send(request);
    if (answer.httpStatusCode >= 400) {
      const isFresh = performance.now() - this.#unansweredAt < FRESH_MS;
      throw refusalOf(answer.httpStatusCode, await answer.body.text(), isFresh);
    }
    return answer;
  }
}

const bytesOf = ({ body }: ResponseContext) => body.stream() as unknown as AsyncIterable<Uint8Array>;

function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
