/** What operators can watch of a control plane, on its internal port: its work, its subscriptions, and a store that has gone. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { EventStore } from '#libs/event-sourcing';
import { MetricsPort } from '../../apps/api/src/metrics/metrics-port.js';
import { happened } from '../contracts/event-store.rig.js';
import { ApiServer } from '../support/api-server.js';
import { eventually } from '../support/eventually.js';
import { MongoServer } from '../support/mongo.js';

let mongo: MongoServer;
let api: ApiServer;
let store: EventStore;

beforeAll(async () => {
  mongo = await MongoServer.start();
}, 300_000);
beforeEach(async () => {
  api = await ApiServer.start({ store: await mongo.store(), more: { metrics: { port: 0 } } });
  store = api.app.get(EventStore, { strict: false });
  return () => api.remove();
});
afterAll(() => mongo.dispose());

const ask = async (path: string) => {
  const { port } = api.app.get(MetricsPort, { strict: false });
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
};

/** Values by name and labels, as Prometheus reads them. */
async function metrics(): Promise<Readonly<Record<string, number>>> {
  const { status, text } = await ask('/metrics');
  expect(status).toBe(200);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]));
}

it('counts commands by their outcome, and events; nothing of it is on the public port', async () => {
  const client = api.client();
  const { body } = await client.logIn('fry');
  await client.call('POST', '/api/v1/auth/refresh', { refreshToken: body.refreshToken });
  const found = await metrics();
  expect(found['deskhand_events_appended_total{type="SessionStarted"}']).toBe(1);
  expect(found['deskhand_commands_total{command="RotateRefresh",outcome="done"}']).toBe(1);
  expect(found['deskhand_command_seconds_count{command="RotateRefresh"}']).toBe(1);
  expect(found.process_resident_memory_bytes).toBeGreaterThan(0);
  expect((await client.call('GET', '/metrics')).status).toBe(404);
  expect((await ask('/healthz')).status).toBe(200);
  expect((await ask('/api/v1/me')).status).toBe(404);
});

it('names each subscription, how far it is behind, and that it stands still until its event is left out', async () => {
  const of = async (name: string, subscription: string) =>
    (await metrics())[`deskhand_subscription_${name}{subscription="${subscription}"}`];
  await eventually(async () => expect(await of('running', 'desktop-views')).toBe(1));
  const poisoned = await store.append('stream-1', 0, happened(1));
  await store.append('stream-1', 1, happened(2, 3));
  store.react({
    name: 'poisoned',
    handle: async ({ position }) => {
      if (position === poisoned.position) throw new Error('password=secret');
    },
  });
  await eventually(async () => expect(await of('stuck', 'poisoned')).toBe(1));
  expect(await of('lag_events', 'poisoned')).toBe(3);
  expect(await of('lag_seconds', 'poisoned')).toBeGreaterThan(0);
  expect(await of('stuck', 'desktop-views')).toBe(0);
  await eventually(async () => expect(await of('lag_events', 'desktop-views')).toBe(0));
  expect((await ask('/metrics')).text).not.toContain('secret');
  await store.supervision.instruct('poisoned', poisoned.position, 'skip');
  await eventually(async () => expect(await of('lag_events', 'poisoned')).toBe(0));
  expect(await of('stuck', 'poisoned')).toBe(0);
  expect(await of('lag_seconds', 'poisoned')).toBe(0);
});

it('goes on when the store does not answer, and says so', async (test) => {
  if (!mongo.isOurs) test.skip('the server was given: it is not ours to stop');
  expect((await metrics()).deskhand_store_up).toBe(1);
  await mongo.stop('SIGKILL');
  const found = await metrics();
  expect(found.deskhand_store_up).toBe(0);
  expect(Object.keys(found).filter((name) => name.startsWith('deskhand_subscription_'))).toEqual([]);
  await mongo.start();
  await eventually(async () => expect((await metrics()).deskhand_store_up).toBe(1));
}, 60_000);
