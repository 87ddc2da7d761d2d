/** Follows what Kubernetes says about pods from now on. Nothing hangs on it: what is missed is missed. */
import type { RuntimeNotice } from '../runtime.js';
import type { ClusterClient, WatchEvent } from './cluster-client.js';
import { type ClusterEvent, noticeOf } from './event.notice.js';
import type { Pod } from './kubernetes.objects.js';

const PAUSE_MS = 5_000;
const SELECTION = { fieldSelector: 'involvedObject.kind=Pod' };

export class Notices {
  readonly #listeners = new Set<(notice: RuntimeNotice) => void>();
  readonly #closing = new AbortController();
  #done: Promise<void> = Promise.resolve();

  /** @param podNamed of this installation */
  constructor(
    private readonly client: ClusterClient,
    private readonly podNamed: (name: string) => Pod | undefined,
  ) {}

  start(): void {
    this.#done = this.#run();
  }

  onNotice(listener: (notice: RuntimeNotice) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#follow(signal);
      } catch {
        // The pods' own watch says whether the cluster can be asked.
        await new Promise((resolve) => {
          const timer = setTimeout(resolve, PAUSE_MS);
          signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
        });
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const version = await this.client.version('events', SELECTION);
    const onEvent = ({ type, object }: WatchEvent<ClusterEvent>): void => {
      if (type === 'ADDED' || type === 'MODIFIED') this.#tell(object);
    };
    await this.client.follow('events', SELECTION, version, { onOpen: () => {}, onEvent }, signal);
  }

  #tell(event: ClusterEvent): void {
    const notice = noticeOf(event, this.podNamed(event.involvedObject.name ?? ''));
    if (notice) for (const listener of this.#listeners) listener(notice);
  }
}
