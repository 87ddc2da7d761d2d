/** Who is connected, as the control plane knows it: a browser comes through a gateway process to an agent, whose count becomes events, and idle time counts from the last to leave. */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { loadConfiguration } from '#libs/common';
import { openStore } from '#libs/event-sourcing';
import { eventually } from '../support/eventually.js';
import type { HttpClient } from '../support/http-client.js';
import { Replicas } from '../support/replicas.js';

const IDLE_SECONDS = 4;

let replicas: Replicas;
beforeAll(async () => {
  replicas = await Replicas.make({ replicas: 1, configuration: { desktops: { idleSeconds: IDLE_SECONDS } } });
  await replicas.start();
});
afterAll(() => replicas?.dispose());

interface Told {
  readonly type: string;
  readonly at: number;
}

const OF_PRESENCE = ['DesktopConnected', 'DesktopDisconnected', 'DesktopStopRequested'];

/** What a desktop's stream tells of connections and of its end, oldest first. */
async function told(desktop: string): Promise<readonly Told[]> {
  const store = await openStore(loadConfiguration({ DESKHAND_CONFIG: join(replicas.folder, 'deskhand.yaml') }));
  try {
    return (await store.read(`desktop-${desktop}`))
      .filter(({ type }) => OF_PRESENCE.includes(type))
      .map(({ type, data }) => ({ type, at: Date.parse((data as { at: string }).at) }));
  } finally {
    await store.close();
  }
}
const typesTold = async (desktop: string) => (await told(desktop)).map(({ type }) => type);

/** Somebody whose desktop is ready, and who comes by the gateway. */
async function someone(): Promise<{ user: HttpClient; id: string; open: () => Promise<WebSocket> }> {
  const user = replicas.client();
  await user.logIn(undefined);
  const { id } = await user.readyDesktop();
  const token = await user.desktopToken(id);
  return {
    user,
    id,
    open: async () => {
      const socket = await user.display(id, token);
      // Read, so that pings are answered.
      socket.on('error', () => undefined).resume();
      return socket;
    },
  };
}

async function leave(socket: WebSocket): Promise<void> {
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}

describe('connections through a gateway process', () => {
  it('are events: the first that comes, the last that goes; idle counts from there and not from the login', async () => {
    const { user, id, open } = await someone();
    const [first, second] = [await open(), await open()];
    await eventually(async () => expect(await typesTold(id)).toStrictEqual(['DesktopConnected']));
    await leave(first);
    // Longer than an idle desktop would live.
    await pause((IDLE_SECONDS + 1.5) * 1_000);
    expect(await typesTold(id)).toStrictEqual(['DesktopConnected']);
    expect((await user.call('GET', `/api/v1/desktops/${id}`)).body).toMatchObject({ status: 'ready' });

    await leave(second);
    await eventually(async () => expect(await typesTold(id)).toContain('DesktopDisconnected'));
    const { body } = await user.call('GET', `/api/v1/desktops/${id}`);
    await user.untilStatus(id, 'stopped');
    const [connected, disconnected, stopRequested] = await told(id);
    expect([connected?.type, disconnected?.type, stopRequested?.type]).toStrictEqual(OF_PRESENCE);
    expect(Date.parse(body.lastDisconnectedAt)).toBe(disconnected!.at);
    expect(stopRequested!.at - disconnected!.at).toBeGreaterThanOrEqual(IDLE_SECONDS * 1_000);
  }, 60_000);

  it('that end with a killed gateway are gone for the control plane too, and counted again when they are back', async () => {
    const { id, open } = await someone();
    const socket = await open();
    await eventually(async () => expect(await typesTold(id)).toStrictEqual(['DesktopConnected']));
    const closed = once(socket, 'close');
    await replicas.gateway.end('SIGKILL');
    await closed;
    await eventually(async () => expect(await typesTold(id)).toStrictEqual(['DesktopConnected', 'DesktopDisconnected']));
    await replicas.gateway.start();
    const again = await open();
    await eventually(async () =>
      expect(await typesTold(id)).toStrictEqual(['DesktopConnected', 'DesktopDisconnected', 'DesktopConnected']),
    );
    await leave(again);
  }, 60_000);
});
