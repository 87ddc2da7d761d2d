/** How long a person waits for an application: from POST to its window on the display, beside a bare PATCH of the same container, in one run. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { DesktopWindow } from '#libs/display';
import { makeApplicationContainer } from '../../libs/runtime/src/kubernetes/application.manifest.js';
import type { Pod } from '../../libs/runtime/src/kubernetes/kubernetes.objects.js';
import { BareCluster } from './bare-cluster.js';
import { type Bench, inTurn, median, quantile } from './bench.js';
import { onCluster } from './cluster-bench.js';
import { endDesktop, type FirstPicture, firstPicture } from './first-picture.js';

const PAIRS = 20;
const TIMEOUT_MS = 60_000;
const APPLICATION = 'terminal';

export const benchApplicationStart: Bench = () =>
  onCluster(async (rig, server) => {
    const desktop = await firstPicture(server.url);
    const pod = await rig.get<Pod>('pod', `deskhand-${desktop.id}-${desktop.run}`);
    const bare = new BareCluster(rig);
    const windows = await DesktopWindows.watch(desktop);
    const byHand = async (): Promise<void> => {
      const container = { engine: 'ephemeral-container', image: rig.cluster.images.terminal } as const;
      const launch = {
        desktop: desktop.id,
        run: desktop.run,
        id: randomUUID(),
        application: 'bare',
        command: ['/usr/bin/xterm'],
        container,
      };
      const { env = [], ...made } = makeApplicationContainer(rig.podSettings(), pod, launch);
      // Nobody has announced it, so it must not look like a launch of ours.
      await bare.addContainer(pod.metadata?.name ?? '', { ...made, env: env.filter(({ name }) => !name.startsWith('DESKHAND_')) });
    };
    const byUs = async (): Promise<void> => {
      const { status } = await desktop.user.call('POST', `/api/v1/desktops/${desktop.id}/applications`, { application: APPLICATION });
      if (status !== 202) throw new Error(`the launch was answered with ${status}`);
    };
    const { ours, floor } = await inTurn(
      PAIRS,
      () => windows.untilNew(byUs),
      () => windows.untilNew(byHand),
    );
    windows.close();
    await endDesktop(desktop);
    const over = ours.map((ms, pair) => ms - (floor[pair] ?? Number.NaN));
    return [
      { metric: 'POST to window, median', unit: 'ms', ours: median(ours), floor: median(floor) },
      { metric: 'POST to window, p95', unit: 'ms', ours: quantile(ours, 0.95), floor: quantile(floor, 0.95) },
      { metric: 'above the floor, median', unit: 'ms', ours: median(over), aim: '<= 100', met: median(over) <= 100 },
    ];
  });

/** What the desktop itself tells of its windows. */
class DesktopWindows {
  #items: readonly DesktopWindow[] = [];
  #wake = () => {};

  private constructor(
    private readonly desktop: FirstPicture,
    private readonly socket: WebSocket,
    private readonly token: string,
  ) {
    socket.on('message', (data) => {
      const said = JSON.parse(String(data)) as { type: string; items: readonly DesktopWindow[] };
      if (said.type !== 'windows') return;
      this.#items = said.items;
      this.#wake();
    });
  }

  static async watch(desktop: FirstPicture): Promise<DesktopWindows> {
    const { id, user } = desktop;
    const token = await user.desktopToken(id);
    const headers = { authorization: `Bearer ${token}` };
    const socket = new WebSocket(`${user.url.replace('http', 'ws')}/d/${id}/events`, { headers, perMessageDeflate: false });
    const windows = new DesktopWindows(desktop, socket, token);
    await once(socket, 'open');
    return windows;
  }

  /** Opens a window, waits until it is there, and closes it. @returns milliseconds until it was there */
  async untilNew(open: () => Promise<void>): Promise<number> {
    const started = performance.now();
    await open();
    await this.#until(({ length }) => length > 0);
    const ms = performance.now() - started;
    const { id, user } = this.desktop;
    for (const window of this.#items) {
      await user.call('POST', `/d/${id}/windows/${window.id}/close`, undefined, { authorization: `Bearer ${this.token}` });
    }
    await this.#until(({ length }) => length === 0);
    return ms;
  }

  close(): void {
    this.socket.close();
  }

  async #until(isSo: (items: readonly DesktopWindow[]) => boolean): Promise<void> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    while (!isSo(this.#items)) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }
}
