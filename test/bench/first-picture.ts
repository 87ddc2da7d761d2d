/** What a person waits for: from asking for a desktop to the first picture of it through the gateway. */
import { HttpClient } from '../support/http-client.js';
import { RfbClient } from '../support/rfb-client.js';

export interface FirstPicture {
  readonly id: string;
  readonly run: number;
  readonly ms: number;
  readonly user: HttpClient;
  readonly display: RfbClient;
}

/** Of a new user, so that nothing is there yet. The desktop stays, and the browser on it is connected. */
export async function firstPicture(url: string): Promise<FirstPicture> {
  const user = new HttpClient(url);
  await user.logIn(undefined);
  const started = performance.now();
  const { id, run } = await user.readyDesktop();
  const display = await RfbClient.connect(await user.display(id, await user.desktopToken(id)));
  display.refresh();
  while (display.updates.length === 0) {
    if (display.closed) throw new Error(`the display closed: ${display.closed.reason}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return { id, run, ms: performance.now() - started, user, display };
}

export async function endDesktop({ user, id }: FirstPicture): Promise<void> {
  await user.call('DELETE', `/api/v1/desktops/${id}`);
  await user.untilStatus(id, 'stopped');
}
