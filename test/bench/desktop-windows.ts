/** The windows of a desktop as it tells of them itself, for benches that wait for one. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { DesktopWindow } from '#libs/display';
import type { FirstPicture } from './first-picture.js';

const TIMEOUT_MS = 60_000;

export class DesktopWindows {
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

  /** Until there is one. */
  untilOpen(): Promise<void> {
    return this.#until(({ length }) => length > 0);
  }

  async closeAll(): Promise<void> {
    const { id, user } = this.desktop;
    for (const window of this.#items) {
      await user.call('POST', `/d/${id}/windows/${window.id}/close`, undefined, { authorization: `Bearer ${this.token}` });
    }
    await this.#until(({ length }) => length === 0);
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
