/** Replicas whose clocks differ by more than a deadline, and jump while they work: leases, tokens, denials and deadlines hold. */
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { FakeClock, whyNoFakeClock } from '../support/fake-clock.js';
import { Memcached } from '../support/memcached.js';
import { MongoServer } from '../support/mongo.js';
import { processesOf } from '../support/processes.js';
import { Replicas, type ServerProcess } from '../support/replicas.js';

const SHIFT_SECONDS = 30;
/** Shorter than the shift: by the other clock, each phase is late as soon as it has begun. */
const DEADLINE_MS = 25_000;

const why = whyNoFakeClock();

describe.skipIf(why !== undefined)(`a replica with another clock${why ? ` (skipped: ${why})` : ''}`, () => {
  let mongo: MongoServer;
  let memcached: Memcached;
  let replicas: Replicas;
  let clock: FakeClock;
  let right: ServerProcess;
  let wrong: ServerProcess;

  beforeAll(async () => {
    clock = new FakeClock();
    [mongo, memcached] = await Promise.all([MongoServer.start(), Memcached.start()]);
    const deadlines = { scheduleMs: DEADLINE_MS, startMs: DEADLINE_MS, stopMs: DEADLINE_MS };
    const progress = { kind: 'memcached', servers: [memcached.server] };
    replicas = await Replicas.make({ replicas: 2, configuration: { store: await mongo.store(), progress, desktops: { deadlines } } });
    [right, wrong] = replicas.apis as [ServerProcess, ServerProcess];
    await Promise.all([right.start(), wrong.start(clock.environment), replicas.gateway.start()]);
  }, 120_000);
  afterAll(async () => {
    await replicas?.dispose();
    await mongo?.dispose();
    await memcached?.stop();
    clock?.dispose();
  });

  /** Until its answers bear the date. */
  async function set(seconds: number): Promise<void> {
    clock.set(seconds);
    await eventually(async () => {
      const { headers } = await wrong.client().call('GET', '/api/v1/me');
      const ahead = Date.parse(headers.get('date') ?? '') - Date.now();
      expect(Math.abs(ahead - seconds * 1000)).toBeLessThan(5_000);
    });
  }

  it.each([
    ['ahead', SHIFT_SECONDS],
    ['behind', -SHIFT_SECONDS],
  ])(
    'half a minute %s is not noticed: its tokens count elsewhere, and what ends elsewhere ends there',
    async (_title, seconds) => {
      const user = wrong.client();
      await set(seconds);
      await user.logIn(undefined);
      for (const server of [right, wrong, replicas.gateway])
        expect((await server.clientOf(user).call('GET', '/api/v1/me')).status).toBe(200);
      const { id } = await user.readyDesktop();
      const desktopToken = await user.desktopToken(id);
      const visitor = replicas.gateway.clientOf(user);
      const display = await visitor.display(id, desktopToken);
      const closed = once(display, 'close');
      display.resume();
      // It jumps back while the desktop is in use: what it issued a moment ago is of the future then, or old.
      await set(0);
      expect((await wrong.clientOf(user).call('GET', `/api/v1/desktops/${id}`)).body).toMatchObject({ status: 'ready', run: 1 });
      (await visitor.display(id, desktopToken)).close();
      expect(processesOf(id, 1).filter(({ command }) => command.includes('Xvnc'))).toHaveLength(1);
      await set(seconds);
      expect((await right.clientOf(user).call('DELETE', `/api/v1/desktops/${id}`)).status).toBe(202);
      await right.clientOf(user).untilStatus(id, 'stopped');
      expect((await right.clientOf(user).call('POST', '/api/v1/auth/logout', {})).status).toBe(204);
      await eventually(
        async () => expect((await wrong.clientOf(user).call('GET', '/api/v1/me')).body).toMatchObject({ code: 'SESSION_ENDED' }),
        3_000,
      );
      await closed;
      await expect(visitor.display(id, desktopToken)).rejects.toThrow('HTTP 401');
    },
    90_000,
  );

  it.each([
    ['ahead takes over what the other was asked', SHIFT_SECONDS, () => [right, wrong] as const],
    ['behind leaves the other what it was asked', -SHIFT_SECONDS, () => [wrong, right] as const],
  ])(
    'half a minute %s, though it is late by the clock',
    async (_title, seconds, roles) => {
      const [killed, heir] = roles();
      await set(seconds);
      const user = heir.client();
      await user.logIn(undefined);
      const { id } = (await killed.clientOf(user).call('POST', '/api/v1/desktops', {})).body;
      await killed.end('SIGKILL');
      await user.untilStatus(id, 'ready');
      await killed.start(killed === wrong ? clock.environment : {});
      expect((await killed.clientOf(user).call('DELETE', `/api/v1/desktops/${id}`)).status).toBe(202);
      await killed.end('SIGKILL');
      await user.untilStatus(id, 'stopped');
      await killed.start(killed === wrong ? clock.environment : {});
      expect(processesOf(id, 1)).toStrictEqual([]);
    },
    90_000,
  );
});
