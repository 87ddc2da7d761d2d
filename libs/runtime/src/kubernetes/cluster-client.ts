/** Talks JSON to the apiserver, through the official client's configuration and HTTP: every call has a time-out, every refusal a typed error. */
import { createConfiguration, HttpMethod, KubeConfig, RequestContext, Watch } from '@kubernetes/client-node';
import { refusalOf } from './cluster.errors.js';
import type { KubernetesObject } from './kubernetes.objects.js';

const TIMEOUT_MS = 10_000;
/** The apiserver ends a watch after this, and it is taken up again where it was. */
const WATCH_SECONDS = 1_800;
/** A watch that ends within this time would be asked for again and again. */
const TOO_SOON_MS = 1_000;
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

export class ClusterClient {
  readonly #http = createConfiguration().httpApi;
  readonly #metadataConfig: KubeConfig;

  /** @param config a cluster and who we are there */
  constructor(
    private readonly config: KubeConfig,
    private readonly namespace: string,
  ) {
    this.#metadataConfig = new MetadataConfig();
    this.#metadataConfig.loadFromString(config.exportConfig());
  }

  /** @param kubeconfig a file; absent: what KUBECONFIG names, or the service account of this pod */
  static open(namespace: string, kubeconfig?: string): ClusterClient {
    const config = new KubeConfig();
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
    return new ClusterClient(config, namespace);
  }

  list<T>(resource: Resource, { metadataOnly, ...selection }: Selection & { readonly limit?: number }): Promise<ObjectList<T>> {
    return this.#call('GET', `${this.#path(resource)}${queryOf(selection)}`, { accept: metadataOnly ? METADATA_ONLY.list : undefined });
  }

  create<T extends KubernetesObject>(resource: Resource, object: T): Promise<T> {
    return this.#call('POST', this.#path(resource), { body: object });
  }

  patch<T>(resource: Resource, name: string, kind: PatchKind, body: object, subresource?: string): Promise<T> {
    const path = `${this.#path(resource)}/${name}${subresource ? `/${subresource}` : ''}`;
    return this.#call('PATCH', path, { body, contentType: `application/${kind}+json` });
  }

  /** @returns the object as it is about to go, or the status of its end */
  delete<T extends KubernetesObject>(resource: Resource, name: string, options: DeleteOptions = {}): Promise<T> {
    return this.#call('DELETE', `${this.#path(resource)}/${name}`, { body: { apiVersion: 'v1', kind: 'DeleteOptions', ...options } });
  }

  /** The newest output of a container. */
  async log(pod: string, container: string, limitBytes: number): Promise<string> {
    return this.#text('GET', `${this.#path('pods')}/${pod}/log${queryOf({ container, tailLines: '2000' })}`, {}).then((text) =>
      text.slice(-limitBytes),
    );
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
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let last = version;
    while (!signal.aborted) {
      const began = Date.now();
      let refused = false;
      const hear = (event: WatchEvent<T>): void => {
        if (event.type === 'ERROR') refused = true;
        else last = event.object.metadata?.resourceVersion ?? last;
        if (event.type !== 'ERROR' && event.type !== 'BOOKMARK') onEvent(event);
      };
      await this.#watch(resource, selection, last, hear, signal);
      if (refused) throw new Error('the apiserver ended the watch');
      if (!signal.aborted && Date.now() - began < TOO_SOON_MS) throw new Error('the watch ended at once');
    }
  }

  async #watch<T>(
    resource: Resource,
    { metadataOnly, ...selection }: Selection,
    resourceVersion: string,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const watch = new Watch(metadataOnly ? this.#metadataConfig : this.config);
    const parameters = { ...selection, resourceVersion, allowWatchBookmarks: true, timeoutSeconds: WATCH_SECONDS };
    await new Promise<void>((resolve, reject) => {
      const done = (error: unknown) => (error && !isSilence(error) && !signal.aborted ? reject(error) : resolve());
      const tell = (type: string, object: unknown) => onEvent({ type, object } as WatchEvent<T>);
      watch.watch(this.#path(resource), parameters, tell, done).then((controller) => {
        if (signal.aborted) controller.abort();
        signal.addEventListener('abort', () => controller.abort(), { once: true });
      }, reject);
    });
  }

  #path(resource: Resource): string {
    const group = resource === 'networkpolicies' ? '/apis/networking.k8s.io/v1' : '/api/v1';
    return `${group}/namespaces/${this.namespace}/${resource}`;
  }

  async #call<T>(method: string, path: string, options: CallOptions): Promise<T> {
    return JSON.parse(await this.#text(method, path, options)) as T;
  }

  async #text(
    method: string,
    path: string,
    { body, contentType = 'application/json', accept = 'application/json' }: CallOptions,
  ): Promise<string> {
    const server = this.config.getCurrentCluster()?.server ?? '';
    const request = new RequestContext(`${server}${path}`, method as HttpMethod);
    request.setHeaderParam('Accept', accept);
    if (body !== undefined) {
      request.setHeaderParam('Content-Type', contentType);
      request.setBody(JSON.stringify(body));
    }
    request.setSignal(AbortSignal.timeout(TIMEOUT_MS));
    await this.config.applySecurityAuthentication(request);
    const answer = await this.#http.send(request).toPromise();
    const text = await answer.body.text();
    if (answer.httpStatusCode >= 400) throw refusalOf(answer.httpStatusCode, text);
    return text;
  }
}

interface CallOptions {
  readonly body?: object;
  readonly contentType?: string;
  readonly accept?: string;
}

class MetadataConfig extends KubeConfig {
  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    context.setHeaderParam('Accept', METADATA_ONLY.one);
    await super.applySecurityAuthentication(context);
  }
}

/** The client gives up a watch that was silent for 30 s: to take it up again shows whether there is still somebody at the other end. */
const isSilence = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';

function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
