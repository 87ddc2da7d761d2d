/** What the cluster has of this installation, from watches: pods of desktops and of applications, and Secrets that nobody owns yet. */
import type { Cause, DesktopRun } from '../runtime.js';
import type { ClusterClient } from './cluster-client.js';
import { disruptionOf } from './desktop.observation.js';
import { LABEL, runOf, selectorOf } from './kubernetes.names.js';
import type { KubernetesObject, Pod } from './kubernetes.objects.js';
import { WatchedObjects } from './watched-objects.js';

/** Everything that is there of one run. */
export interface RunObjects {
  readonly run: number;
  readonly desktop?: Pod;
  readonly applications: readonly Pod[];
  /** Names of Secrets that are not garbage collected with a pod. */
  readonly ownerless: readonly string[];
  /** Why its pod was removed by the cluster, where that is over already. */
  readonly removedFor?: Cause;
}

/** How many removed pods are remembered for the sake of their cause. */
const MAX_REMOVED = 1_000;

const keyOf = ({ desktop, run }: DesktopRun): string => `${desktop}-${run}`;

export class ClusterView {
  readonly pods: WatchedObjects<Pod>;
  /** What they are called and whose they are, never what they hold. */
  readonly secrets: WatchedObjects<KubernetesObject>;
  readonly #selector: string;
  readonly #removed = new Map<string, DesktopRun & { readonly cause: Cause }>();

  /** @param onChange called with a desktop's id, or without one when all may have changed */
  constructor(client: ClusterClient, installation: string, onChange: (desktop?: string) => void) {
    this.#selector = selectorOf(installation);
    const selection = { labelSelector: this.#selector };
    const tell = ({ metadata }: KubernetesObject): void => {
      const run = runOf(metadata?.labels);
      if (run) onChange(run.desktop);
    };
    const groupOf = ({ metadata }: KubernetesObject): string | undefined => metadata?.labels?.[LABEL.desktop];
    this.pods = new WatchedObjects<Pod>(client, {
      resource: 'pods',
      selection,
      groupOf,
      onReach: onChange,
      onChange: (pod, isGone) => {
        if (isGone) this.#noteRemoval(pod);
        tell(pod);
      },
    });
    this.secrets = new WatchedObjects(client, {
      resource: 'secrets',
      selection: { ...selection, metadataOnly: true },
      groupOf,
      onReach: onChange,
      onChange: tell,
    });
  }

  start(): void {
    this.pods.start();
    this.secrets.start();
  }

  async close(): Promise<void> {
    await Promise.all([this.pods.close(), this.secrets.close()]);
  }

  /** Why it cannot be asked; undefined when it can. Waits for the first answer. */
  async unreachable(): Promise<string | undefined> {
    await Promise.all([this.pods.asked, this.secrets.asked]);
    return this.pods.unreachable ?? this.secrets.unreachable;
  }

  /** Reads a desktop's pods anew. @throws where the cluster cannot be asked */
  async refresh(desktop: string): Promise<void> {
    await this.pods.refresh(desktop, `${this.#selector},${LABEL.desktop}=${desktop}`);
  }

  /** Every run of which anything is there. */
  runs(): readonly DesktopRun[] {
    const all = [...this.pods.values(), ...this.secrets.values().filter(isOwnerless)].flatMap(
      ({ metadata }) => runOf(metadata?.labels) ?? [],
    );
    return [
      ...new Map([...all, ...this.#removed.values()].map(({ desktop, run }) => [keyOf({ desktop, run }), { desktop, run }])).values(),
    ];
  }

  /** The runs of a desktop of which anything is there. */
  of(desktop: string): readonly RunObjects[] {
    const ofRun = <T extends KubernetesObject>(objects: readonly T[]) =>
      Map.groupBy(objects, ({ metadata }) => runOf(metadata?.labels)?.run);
    const pods = ofRun(this.pods.of(desktop));
    const secrets = ofRun(this.secrets.of(desktop).filter(isOwnerless));
    const removed = new Map([...this.#removed.values()].filter((each) => each.desktop === desktop).map(({ run, cause }) => [run, cause]));
    const numbers = new Set([...pods.keys(), ...secrets.keys(), ...removed.keys()].filter((run) => run !== undefined));
    return [...numbers].map((run) => {
      const own = pods.get(run) ?? [];
      const cause = removed.get(run);
      return {
        run,
        desktop: own.find(isDesktop),
        applications: own.filter((pod) => !isDesktop(pod)),
        ownerless: (secrets.get(run) ?? []).flatMap(({ metadata }) => metadata?.name ?? []),
        ...(cause ? { removedFor: cause } : {}),
      };
    });
  }

  /** Undefined where nothing of it is there. */
  runOf({ desktop, run }: DesktopRun): RunObjects | undefined {
    return this.of(desktop).find((each) => each.run === run);
  }

  /** The desktop's own pod, where it is there. */
  desktopOf(target: DesktopRun): Pod | undefined {
    return this.runOf(target)?.desktop;
  }

  /** Its cause has been heard. */
  forget(run: DesktopRun): void {
    this.#removed.delete(keyOf(run));
  }

  /** The cluster removes a pod of a lost machine at once: its last words are all that tells why. */
  #noteRemoval(pod: Pod): void {
    const run = runOf(pod.metadata?.labels);
    const cause = isDesktop(pod) ? disruptionOf(pod) : undefined;
    if (!run || !cause) return;
    this.#removed.set(keyOf(run), { ...run, cause });
    const [oldest] = this.#removed.keys();
    if (this.#removed.size > MAX_REMOVED && oldest !== undefined) this.#removed.delete(oldest);
  }
}

const isOwnerless = ({ metadata }: KubernetesObject): boolean => !metadata?.ownerReferences?.length;
const isDesktop = ({ metadata }: Pod): boolean => metadata?.labels?.[LABEL.component] === 'desktop';
