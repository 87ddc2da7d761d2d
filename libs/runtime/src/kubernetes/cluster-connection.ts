/** Sends requests to the apiserver over connections that are kept: the official client opens a new one, with its handshakes, for every call. */
import { createConfiguration, type HttpMethod, KubeConfig, RequestContext, type ResponseContext } from '@kubernetes/client-node';

export interface ClusterRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly accept?: string;
  readonly body?: object;
  readonly contentType?: string;
  readonly signal: AbortSignal;
}

export class ClusterConnection {
  readonly #http = createConfiguration().httpApi;
  readonly #config = new PooledConfig();

  /** @param config a cluster and who we are there */
  constructor(config: KubeConfig) {
    this.#config.loadFromString(config.exportConfig());
  }

  /** @returns the answer, whatever its status @throws where there was none */
  async send({
    method,
    path,
    accept = 'application/json',
    body,
    contentType = 'application/json',
    signal,
  }: ClusterRequest): Promise<ResponseContext> {
    const request = new RequestContext(`${this.#config.getCurrentCluster()?.server ?? ''}${path}`, method as HttpMethod);
    request.setHeaderParam('Accept', accept);
    if (body !== undefined) {
      request.setHeaderParam('Content-Type', contentType);
      request.setBody(JSON.stringify(body));
    }
    request.setSignal(signal);
    await unlessAborted(this.#config.applySecurityAuthentication(request), signal);
    try {
      return await this.#http.send(request).toPromise();
    } catch (error) {
      // Whatever is wrong with the connection, the next call shall not meet it again.
      if (!isGivenUp(signal)) this.#config.forget();
      throw error;
    }
  }
}

/** For work that knows of no signal, such as a program that is asked for a credential. @throws the reason of the signal */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}

/** By the caller, who did not want the answer any more. */
const isGivenUp = ({ aborted, reason }: AbortSignal): boolean => aborted && reason instanceof DOMException && reason.name === 'AbortError';

type Dispatcher = NonNullable<ReturnType<RequestContext['getDispatcher']>>;

class PooledConfig extends KubeConfig {
  #made = '';
  #pool?: { readonly options: string; readonly dispatcher: Dispatcher };

  override createDispatcherOptions(...args: Parameters<KubeConfig['createDispatcherOptions']>) {
    const options = super.createDispatcherOptions(...args);
    this.#made = JSON.stringify(options);
    return options;
  }

  /** Certificates that were renewed make a new pool. */
  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    const dispatcher = context.getDispatcher();
    if (!dispatcher) return;
    if (this.#pool?.options === this.#made) void dispatcher.close();
    else {
      this.forget();
      this.#pool = { options: this.#made, dispatcher };
    }
    context.setDispatcher(this.#pool.dispatcher);
  }

  /** What is under way on it ends in its own time. */
  forget(): void {
    void this.#pool?.dispatcher.close();
    this.#pool = undefined;
  }
}
