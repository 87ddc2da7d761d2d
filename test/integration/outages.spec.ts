/** The servers that the control plane leans on go away for 20 s in the middle of a start, and come back: clear answers meanwhile, and no hand needed after. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import type { HttpClient } from '../support/http-client.js';
import { Memcached } from '../support/memcached.js';
import { MongoServer } from '../support/mongo.js';
import { agentOf } from '../support/processes.js';
import { ProgressReader } from '../support/progress-reader.js';
import { Replicas } from '../support/replicas.js';

const AWAY_MS = 20_000;
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

const STARTED = ['requested', 'scheduled', 'starting', 'display', 'ready'];

async function newcomer(): Promise<HttpClient> {
  const user = replicas.client();
  expect((await user.logIn(undefined)).status).toBe(200);
  return user;
}

async function ask(user: HttpClient): Promise<string> {
  const { status, body } = await user.call('POST', '/api/v1/desktops', {});
  expect(status).toBe(202);
  return body.id;
}

/** Keeps the desktop from being ready as long as its agent stands still. @returns ends that */
async function hold(id: string): Promise<() => void> {
  const agent = await eventually(() => {
    const pid = agentOf(id, 1);
    process.kill(pid, 'SIGSTOP');
    return pid;
  });
  return () => void process.kill(agent, 'SIGCONT');
}

it('without memcached people log in and their desktops start, stage by stage, also where somebody watched before', async () => {
  const waiting = await newcomer();
  const early = await ask(waiting);
  const goOn = await hold(early);
  const watchers = replicas.apis.map((server) => new ProgressReader(server.clientOf(waiting), early));
  await Promise.all(watchers.map((watcher) => watcher.untilPhase('requested')));
  await memcached.stop();
  const stopped = performance.now();
  const user = await newcomer();
  const late = await ask(user);
  const told = await user.call('GET', `/api/v1/desktops/${late}/progress`);
  expect([...told.body.matchAll(/"phase":"(\w+)"/g)].map(([, phase]) => phase)).toStrictEqual(STARTED);
  await pause(Math.max(0, AWAY_MS - (performance.now() - stopped)));
  // What somebody watches at another replica comes to them from the log, though memcached is still away.
  goOn();
  for (const watcher of watchers) expect((await watcher.ended).at(-1)).toBe('ready');
  await memcached.start();
  for (const [each, id] of [
    [waiting, early],
    [user, late],
  ] as const) {
    expect((await each.call('DELETE', `/api/v1/desktops/${id}`)).status).toBe(202);
    await each.untilStatus(id, 'stopped');
  }
}, 120_000);

it('without MongoDB requests are refused with 503; what was begun, and whoever watched it, goes on when it is back', async (test) => {
  if (!mongo.isOurs) test.skip('the server was given by MONGODB_URL: it is not ours to stop');
  const leaving = await newcomer();
  const user = await newcomer();
  const id = await ask(user);
  const goOn = await hold(id);
  const watchers = replicas.apis.map((server) => new ProgressReader(server.clientOf(user), id));
  await Promise.all(watchers.map((watcher) => watcher.untilPhase('requested')));
  await mongo.stop('SIGKILL');
  const stopped = performance.now();
  goOn();
  const refused = await replicas.client().call('POST', '/api/v1/auth/login', { provider: 'anonymous' });
  // By what notices first: whoever asks the store, or whoever waits for a view.
  const code = expect.stringMatching(/^(?:STORE_UNAVAILABLE|NOT_READY)$/);
  expect(refused).toMatchObject({ status: 503, body: { code, remedy: expect.any(String) } });
  await eventually(async () => expect((await replicas.client().call('GET', '/readyz')).status).toBe(503));
  await pause(Math.max(0, AWAY_MS - (performance.now() - stopped)));
  await mongo.start();
  await replicas.gateway.untilReady();
  // The first thing that happens is heard of everywhere.
  await eventually(async () => expect((await leaving.call('POST', '/api/v1/auth/logout', {})).status).toBe(204), WITHIN_MS);
  for (const server of [...replicas.apis, replicas.gateway])
    await eventually(async () =>
      expect((await server.clientOf(leaving).call('GET', '/api/v1/me')).body).toMatchObject({ code: 'SESSION_ENDED' }),
    );
  for (const watcher of watchers) expect((await watcher.ended).at(-1)).toBe('ready');
  expect((await user.call('GET', `/api/v1/desktops/${id}`)).body).toMatchObject({ status: 'ready', run: 1 });
  expect((await user.call('DELETE', `/api/v1/desktops/${id}`)).status).toBe(202);
  await eventually(() => user.untilStatus(id, 'stopped'), WITHIN_MS);
}, 240_000);
