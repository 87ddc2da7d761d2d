/** What really is on the machine or in the cluster, whatever the control plane says: looked at all the time. */
import { setTimeout as pause } from 'node:timers/promises';
import type { KubernetesRig } from '../support/kubernetes-rig.js';
import { markedProcesses } from '../support/processes.js';

/** A display that runs: the desktop and the run it is of. */
export interface Display {
  readonly desktop: string;
  readonly run: string;
}

export type Look = () => Promise<readonly Display[]>;

const LOOK_EVERY_MS = 500;
/** What is left for longer after its end is an orphan: the promise is 60 s. */
const GONE_WITHIN_MS = 60_000;

/** X servers by the marks of their runs. */
export const lookAtMachine: Look = async () =>
  markedProcesses()
    .filter(({ command }) => /(?:^|\/)Xvnc /.test(command))
    .flatMap(({ marker }) => {
      const [, desktop, run] = /^([a-z2-7]{26})\/(\d+)@/.exec(marker) ?? [];
      return desktop && run ? [{ desktop, run }] : [];
    });

interface PodList {
  readonly items: readonly { metadata: { labels: Record<string, string>; deletionTimestamp?: string } }[];
}

/** Pods of desktops that are not being deleted. */
export const lookAtCluster =
  (rig: KubernetesRig): Look =>
  async () =>
    (await rig.get<PodList>('pods', '-l', 'app.kubernetes.io/component=desktop')).items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => ({ desktop: metadata.labels['deskhand.io/desktop'] ?? '', run: metadata.labels['deskhand.io/run'] ?? '' }));

export class Witness {
  /** Desktops that were seen twice at once. */
  readonly duplicated = new Set<string>();
  readonly #stop = new AbortController();
  readonly #finished: Promise<void>;

  constructor(
    private readonly look: Look,
    private readonly isOurs: (desktop: string) => boolean,
  ) {
    this.#finished = this.#watch();
  }

  /** Ends the watch. @returns displays of ours that are there though all have ended */
  async orphans(): Promise<number> {
    this.#stop.abort();
    await this.#finished;
    const end = performance.now() + GONE_WITHIN_MS;
    for (;;) {
      const left = await this.#look();
      if (left.length === 0 || performance.now() > end) return left.length;
      await pause(LOOK_EVERY_MS);
    }
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const seen = new Set<string>();
      for (const { desktop } of await this.#look()) {
        if (seen.has(desktop)) this.duplicated.add(desktop);
        seen.add(desktop);
      }
      await pause(LOOK_EVERY_MS);
    }
  }

  async #look(): Promise<readonly Display[]> {
    return (await this.look()).filter(({ desktop }) => this.isOurs(desktop));
  }
}
