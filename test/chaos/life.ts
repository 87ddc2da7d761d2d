/** The life of one desktop as its user sees it through the gateway: asked for, used, watched, ended. Whoever gets no answer asks again. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, HttpClient } from '../support/http-client.js';
import { RfbClient } from '../support/rfb-client.js';

export interface Life {
  readonly id: string;
  readonly end: 'ready' | 'failed' | 'lost';
  /** Why it failed or was lost, or what it was when it should have been ready. */
  readonly cause?: string;
  /** It ended, or began again, though nobody wanted it to. */
  readonly falselyStopped: boolean;
}

/** Not as its user wished. */
export const isWrong = ({ end, falselyStopped }: Life): boolean => end !== 'ready' || falselyStopped;

/** Without news for so long, it is lost: longer than all deadlines of a start together. */
const LOST_MS = 240_000;
const LOOK_MS = 250;
/** Only servers are killed: a desktop that ends for one of these was ended by us. */
const OF_DESKTOPS: ReadonlySet<unknown> = new Set(['AGENT_EXITED', 'DESKTOP_LOST']);
/** How often somebody who uses it looks whether it is still there. */
const LOOKS_IN_USE = 8;

/** @param onMade told of its id as soon as there is one */
export async function live(user: HttpClient, onMade: (id: string) => void): Promise<Life> {
  const giveUpAt = performance.now() + LOST_MS;
  let id = '';
  try {
    await insist(() => user.logIn(undefined), giveUpAt);
    ({ id } = (await insist(() => user.call('POST', '/api/v1/desktops', {}), giveUpAt)).body);
    onMade(id);
    const started = await until(user, id, ['ready', 'failed', 'stopped'], giveUpAt);
    if (started.status === 'failed' && typeof started.cause === 'string') {
      return { id, end: 'failed', cause: started.cause, falselyStopped: OF_DESKTOPS.has(started.cause) };
    }
    if (started.status !== 'ready') return { id, end: 'lost', cause: `it is ${started.status}`, falselyStopped: true };
    const interruption = await use(user, id, giveUpAt);
    const falselyStopped = interruption !== undefined;
    await insist(() => user.call('DELETE', `/api/v1/desktops/${id}`), giveUpAt);
    const { status, cause } = await until(user, id, ['stopped', 'failed'], giveUpAt);
    if (status !== 'stopped')
      return {
        id,
        end: typeof cause === 'string' ? 'failed' : 'lost',
        cause: `at its end: ${cause}`,
        falselyStopped: falselyStopped || OF_DESKTOPS.has(cause),
      };
    return { id, end: 'ready', falselyStopped, ...(interruption === undefined ? {} : { cause: interruption }) };
  } catch (error) {
    return { id, end: 'lost', cause: String(error), falselyStopped: false };
  }
}

/** Opens its display, starts an application, and looks at it for a while. @returns what else it was than ready, if it was */
async function use(user: HttpClient, id: string, giveUpAt: number): Promise<string | undefined> {
  const display = await insist(async () => {
    const socket = await user.display(id, await user.desktopToken(id));
    await RfbClient.connect(socket);
    return { status: 200, socket };
  }, giveUpAt);
  await insist(() => user.call('POST', `/api/v1/desktops/${id}/applications`, { application: 'terminal' }), giveUpAt);
  for (let look = 0; look < LOOKS_IN_USE; look++) {
    const { body } = await insist(() => user.call('GET', `/api/v1/desktops/${id}`), giveUpAt);
    if (body.status !== 'ready' || body.run !== 1) return JSON.stringify(body);
    await pause(LOOK_MS);
  }
  display.socket.close();
  return undefined;
}

async function until(user: HttpClient, id: string, ends: readonly string[], giveUpAt: number): Promise<Answer['body']> {
  for (;;) {
    const { body } = await insist(() => user.call('GET', `/api/v1/desktops/${id}`), giveUpAt);
    if (ends.includes(body.status)) return body;
    if (performance.now() > giveUpAt) throw new Error(`it is still ${body.status}`);
    await pause(LOOK_MS);
  }
}

/** Until there is an answer that says something about the desktop and not about the server. */
async function insist<T extends { readonly status: number }>(ask: () => Promise<T>, giveUpAt: number): Promise<T> {
  for (;;) {
    const answer = await ask().catch((error: unknown) => error as Error);
    if (!(answer instanceof Error) && answer.status < 400) return answer;
    if (performance.now() > giveUpAt) throw answer instanceof Error ? answer : new Error(`${answer.status}`);
    await pause(LOOK_MS);
  }
}
