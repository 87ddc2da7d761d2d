/** How soon replicas make up for one that ends in the middle, and hear what another was told: on MongoDB, with the settings of the product. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfiguration } from '#libs/common';
import { type EventStore, openStore } from '#libs/event-sourcing';
import { eventually } from '../support/eventually.js';
import type { HttpClient } from '../support/http-client.js';
import { Memcached } from '../support/memcached.js';
import { MongoServer } from '../support/mongo.js';
import { agentOf } from '../support/processes.js';
import { Replicas, type ServerProcess } from '../support/replicas.js';

const DESKTOPS_OF_EACH = 3;

let mongo: MongoServer;
let memcached: Memcached;
let replicas: Replicas;
let events: EventStore;
beforeAll(async () => {
  [mongo, memcached] = await Promise.all([MongoServer.start(), Memcached.start()]);
  const configuration = { store: await mongo.store(), progress: { kind: 'memcached', servers: [memcached.server] } };
  replicas = await Replicas.make({ replicas: 3, configuration });
  await replicas.start();
  events = await openStore(loadConfiguration({ DESKHAND_CONFIG: replicas.configurationFile }));
}, 300_000);
afterAll(async () => {
  await events?.close();
  await replicas?.dispose();
  await mongo?.dispose();
  await memcached?.stop();
});

const median = (figures: readonly number[]): number => figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] as number;

interface Caught {
  readonly id: string;
  readonly user: HttpClient;
  /** Its agent, which stands still: without it the desktop is not ready. */
  readonly agent: number;
}

/** A desktop that a replica is in the middle of starting, and stays there. */
async function catchInTheMiddle(server: ServerProcess): Promise<Caught> {
  for (;;) {
    const user = server.client();
    await user.logIn(undefined);
    const { id } = (await user.call('POST', '/api/v1/desktops', {})).body;
    const agent = await eventually(() => {
      const pid = agentOf(id, 1);
      process.kill(pid, 'SIGSTOP');
      return pid;
    });
    if ((await events.read(`desktop-${id}`)).every(({ type }) => type !== 'DesktopBecameReady')) return { id, user, agent };
    // It was faster than we are.
    process.kill(agent, 'SIGCONT');
    await user.call('DELETE', `/api/v1/desktops/${id}`);
  }
}

/**
 * Ends each of the replicas in turn, in the middle of starting desktops.
 *
 * @param end ends it @returns how long after its end another got on with each desktop, in milliseconds
 */
async function takeOvers(end: (server: ServerProcess) => Promise<unknown>): Promise<readonly number[]> {
  const figures: number[] = [];
  for (const server of replicas.apis) {
    const caught = await Promise.all(Array.from({ length: DESKTOPS_OF_EACH }, () => catchInTheMiddle(server)));
    await end(server);
    const endedAt = Date.now();
    for (const { agent } of caught) process.kill(agent, 'SIGCONT');
    const others = replicas.apis.filter((other) => other !== server);
    for (const { id, user } of caught) {
      await (others[0] as ServerProcess).clientOf(user).untilStatus(id, 'ready');
      const next = (await events.read(`desktop-${id}`)).find(({ recordedAt }) => Date.parse(recordedAt) >= endedAt);
      figures.push(Date.parse(next?.recordedAt ?? '') - endedAt);
    }
    await server.start();
    for (const { id, user } of caught) expect((await server.clientOf(user).call('DELETE', `/api/v1/desktops/${id}`)).status).toBe(202);
    for (const { id, user } of caught) await server.clientOf(user).untilStatus(id, 'stopped');
  }
  return figures;
}

it('what a killed replica was about is taken over within 5 s', async () => {
  const figures = await takeOvers((server) => server.end('SIGKILL'));
  expect(figures).toHaveLength(replicas.apis.length * DESKTOPS_OF_EACH);
  expect(median(figures), `ms: ${figures}`).toBeLessThanOrEqual(5_000);
}, 180_000);

it('what a replica was about that is told to end is given to the others at once', async () => {
  const figures = await takeOvers(async (server) => expect(await server.end('SIGTERM')).toBe(0));
  // Leases that run out by themselves would be missed for longer.
  expect(median(figures), `ms: ${figures}`).toBeLessThanOrEqual(1_500);
}, 180_000);

it('a logout at one is heard of by all within 1 s', async () => {
  const figures: number[] = [];
  for (let round = 0; round < 5; round++) {
    const asked = replicas.apis[round % replicas.apis.length] as ServerProcess;
    const user = asked.client();
    await user.logIn(undefined);
    for (const server of replicas.apis) expect((await server.clientOf(user).call('GET', '/api/v1/me')).status).toBe(200);
    expect((await user.call('POST', '/api/v1/auth/logout', {})).status).toBe(204);
    const endedAt = performance.now();
    const refused = replicas.apis.map((server) =>
      eventually(async () => {
        expect((await server.clientOf(user).call('GET', '/api/v1/me')).body).toMatchObject({ code: 'SESSION_ENDED' });
        return performance.now() - endedAt;
      }),
    );
    figures.push(Math.max(...(await Promise.all(refused))));
  }
  expect(median(figures), `ms: ${figures}`).toBeLessThanOrEqual(1_000);
}, 60_000);
