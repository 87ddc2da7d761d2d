/** The servers that the control plane leans on go away in the middle of the work, and come back: clear answers meanwhile, and no hand needed after. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { Memcached } from '../support/memcached.js';
import { MongoServer } from '../support/mongo.js';
import { Replicas } from '../support/replicas.js';

const WITHIN_MS = 90_000;

let mongo: MongoServer;
let memcached: Memcached;
let replicas: Replicas;
beforeAll(async () => {
  [mongo, memcached] = await Promise.all([MongoServer.start(), Memcached.start()]);
  const configuration = { store: await mongo.store(), progress: { kind: 'memcached', servers: [memcached.server] } };
  replicas = await Replicas.make({ replicas: 2, configuration });
  await replicas.start();
}, 300_000);
afterAll(async () => {
  await replicas?.dispose();
  await mongo?.dispose();
  await memcached?.stop();
});

it('without memcached people log in and their desktops start, stage by stage', async () => {
  await memcached.stop();
  const user = replicas.client();
  expect((await user.logIn(undefined)).status).toBe(200);
  const asked = await user.call('POST', '/api/v1/desktops', {});
  expect(asked.status).toBe(202);
  const told = await user.call('GET', `/api/v1/desktops/${asked.body.id}/progress`);
  const phases = [...told.body.matchAll(/"phase":"(\w+)"/g)].map(([, phase]) => phase);
  expect(phases).toStrictEqual(['requested', 'scheduled', 'starting', 'display', 'ready']);
  await user.call('DELETE', `/api/v1/desktops/${asked.body.id}`);
  await memcached.start();
  await user.untilStatus(asked.body.id, 'stopped');
}, 120_000);

it('without MongoDB requests are refused with 503, and what was begun goes on when it is back', async (test) => {
  if (!mongo.isOurs) test.skip('the server was given by MONGODB_URL: it is not ours to stop');
  const user = replicas.client();
  await user.logIn(undefined);
  const asked = await user.call('POST', '/api/v1/desktops', {});
  expect(asked.status).toBe(202);
  await mongo.stop('SIGKILL');
  const stopped = performance.now();
  const refused = await replicas.client().call('POST', '/api/v1/auth/login', { provider: 'anonymous' });
  expect(refused).toMatchObject({ status: 503, body: { code: 'STORE_UNAVAILABLE', remedy: expect.any(String) } });
  expect((await replicas.client().call('GET', '/readyz')).status).toBe(503);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, 20_000 - (performance.now() - stopped))));
  await mongo.start();
  await replicas.gateway.untilReady();
  await eventually(async () => {
    const { body } = await user.call('GET', `/api/v1/desktops/${asked.body.id}`);
    expect(body).toMatchObject({ status: 'ready', run: 1 });
  }, WITHIN_MS);
  expect((await user.call('DELETE', `/api/v1/desktops/${asked.body.id}`)).status).toBe(202);
  await eventually(async () => {
    expect((await user.call('GET', `/api/v1/desktops/${asked.body.id}`)).body).toMatchObject({ status: 'stopped' });
  }, WITHIN_MS);
}, 240_000);
