/** Several control planes on one store behind a gateway: nobody notices which one answers. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import type { HttpClient } from '../support/http-client.js';
import { Memcached } from '../support/memcached.js';
import { MongoServer } from '../support/mongo.js';
import { markedProcesses, processesOf } from '../support/processes.js';
import { Replicas, type ServerProcess } from '../support/replicas.js';

/** What the replicas share, and how it ends. */
interface Shared {
  readonly configuration: object;
  end(): Promise<void>;
}

const ofOneMachine = async (): Promise<Shared> => ({ configuration: {}, end: async () => {} });

async function ofServers(): Promise<Shared> {
  const [mongo, memcached] = await Promise.all([MongoServer.start(), Memcached.start()]);
  return {
    configuration: { store: await mongo.store(), progress: { kind: 'memcached', servers: [memcached.server] } },
    end: async () => void (await Promise.all([mongo.dispose(), memcached.stop()])),
  };
}

describe.each([
  { title: 'SQLite', share: ofOneMachine, atOnce: 1_000 },
  // As many as the server of the tests answers in time: beyond, requests are refused with 503.
  { title: 'MongoDB and memcached', share: ofServers, atOnce: 200 },
])('any replica on $title', ({ share, atOnce }) => {
  let shared: Shared;
  let replicas: Replicas;
  const api = (index: number): ServerProcess => replicas.apis[index]!;

  beforeAll(async () => {
    shared = await share();
    replicas = await Replicas.make({ replicas: 3, configuration: shared.configuration });
    await replicas.start();
  }, 300_000);
  afterAll(async () => {
    await replicas?.dispose();
    await shared?.end();
  });

  /** In the end: takeover.spec.ts measures how soon. */
  async function refusedEverywhere(user: HttpClient): Promise<void> {
    for (const server of replicas.apis)
      await eventually(async () =>
        expect((await server.clientOf(user).call('GET', '/api/v1/me')).body).toMatchObject({ code: 'SESSION_ENDED' }),
      );
  }

  it('takes any step of a walk: login, request, progress, token, end', async () => {
    const user = api(0).client();
    await user.logIn(undefined);
    const asked = await api(1).clientOf(user).call('POST', '/api/v1/desktops', {});
    expect(asked.status).toBe(202);
    const { id } = asked.body;
    // Whoever asks reads at once what another has just written.
    for (const server of replicas.apis)
      expect((await server.clientOf(user).call('GET', `/api/v1/desktops/${id}`)).body).toMatchObject({ id, run: 1 });
    // All of them at once, from the beginning to the end.
    const told = await Promise.all(replicas.apis.map((server) => server.clientOf(user).call('GET', `/api/v1/desktops/${id}/progress`)));
    for (const { body } of told) {
      const phases = [...body.matchAll(/"phase":"(\w+)"/g)].map(([, phase]) => phase);
      expect(phases).toStrictEqual(expect.arrayContaining(['requested', 'scheduled', 'ready']));
      expect(phases.at(-1)).toBe('ready');
    }
    expect((await api(0).clientOf(user).call('POST', '/api/v1/desktops', {})).status).toBe(200);
    expect((await api(2).clientOf(user).call('POST', `/api/v1/desktops/${id}/token`, {})).status).toBe(200);
    expect((await api(0).clientOf(user).call('DELETE', `/api/v1/desktops/${id}`)).status).toBe(202);
    await api(1).clientOf(user).untilStatus(id, 'stopped');
    expect(processesOf(id, 1)).toStrictEqual([]);
  });

  it(`makes one desktop of ${atOnce} requests that come to all of them at once`, async () => {
    const user = api(0).client();
    await user.logIn(undefined);
    const answers = await Promise.all(
      Array.from({ length: atOnce }, (_, index) =>
        api(index % 3)
          .clientOf(user)
          .call('POST', '/api/v1/desktops', {}),
      ),
    );
    expect([...new Set(answers.map(({ status }) => status))].sort()).toStrictEqual([200, 202]);
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(new Set(answers.map(({ body }) => `${body.id} ${body.run}`)).size).toBe(1);
    const { id } = answers[0]!.body;
    await user.untilStatus(id, 'ready');
    expect(
      new Set(
        markedProcesses()
          .map(({ marker }) => marker.split('@')[0])
          .filter((marker) => marker?.startsWith(id)),
      ).size,
    ).toBe(1);
    await user.call('DELETE', `/api/v1/desktops/${id}`);
    await user.untilStatus(id, 'stopped');
  }, 60_000);

  it('renews a session that another opened, and ends it when an old token comes back', async () => {
    const user = api(0).client();
    const { body } = await user.logIn(undefined);
    const renewed = await api(1).client().call('POST', '/api/v1/auth/refresh', { refreshToken: body.refreshToken });
    expect(renewed.status).toBe(200);
    const again = await api(2).client().call('POST', '/api/v1/auth/refresh', { refreshToken: renewed.body.refreshToken });
    expect(again.status).toBe(200);
    expect((await api(0).client().call('POST', '/api/v1/auth/refresh', { refreshToken: body.refreshToken })).body).toMatchObject({
      code: 'SESSION_ENDED',
    });
    await refusedEverywhere(user);
  });

  it('refuses a session that was ended on another, and the gateway closes what it had opened', async () => {
    const user = replicas.client();
    await user.logIn(undefined);
    const { id } = await user.readyDesktop();
    const desktopToken = await user.desktopToken(id);
    const display = await user.display(id, desktopToken);
    const closed = once(display, 'close');
    display.resume();
    expect((await api(1).clientOf(user).call('POST', '/api/v1/auth/logout', {})).status).toBe(204);
    await refusedEverywhere(user);
    await closed;
    await expect(user.display(id, desktopToken)).rejects.toThrow('HTTP 401');
  });
});
