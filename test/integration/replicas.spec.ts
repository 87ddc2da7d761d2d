/** Several control planes as processes behind a gateway process: none of them is needed. */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DENIALS_PATH } from '#libs/tokens';
import { eventually } from '../support/eventually.js';
import type { HttpClient } from '../support/http-client.js';
import { processesOf } from '../support/processes.js';
import { Replicas, type ServerProcess } from '../support/replicas.js';

let replicas: Replicas;
const api = (index: number): ServerProcess => replicas.apis[index]!;

beforeAll(async () => {
  replicas = await Replicas.make({ replicas: 3 });
  await replicas.start();
});
afterAll(async () => {
  await replicas.dispose();
});

describe('the line of denials', () => {
  it('is for gateways that prove it, and not reached through one', async () => {
    const refused = await api(0).client().call('GET', `${DENIALS_PATH}?after=0`);
    expect(refused).toMatchObject({ status: 401, body: { code: 'AGENT_PROOF_INVALID' } });
    expect((await replicas.client().call('GET', DENIALS_PATH)).status).toBe(404);
  });

  it('closes what is open to a desktop within a second of its end, or of its session’s, whichever replica is told', async () => {
    const user = replicas.client();
    await user.logIn(undefined);
    const { id } = await user.readyDesktop();
    const desktopToken = await user.desktopToken(id);
    const other = replicas.client();
    await other.logIn(undefined);
    const theirs = await other.readyDesktop();
    const open = [await user.display(id, desktopToken), await other.display(theirs.id, await other.desktopToken(theirs.id))] as const;
    const closed = open.map((display) => once(display, 'close'));
    for (const display of open) display.resume();
    const started = performance.now();
    const told = api(1).clientOf(user).call('DELETE', `/api/v1/desktops/${id}`);
    await closed[0];
    const ended = performance.now();
    await api(2).clientOf(other).call('POST', '/api/v1/auth/logout', {});
    await closed[1];
    expect([ended - started, performance.now() - ended].map((ms) => ms < 1_000)).toStrictEqual([true, true]);
    expect((await told).status).toBe(202);
    await expect(user.display(id, desktopToken)).rejects.toThrow('HTTP 401');
  });

  it('that is lost makes the gateway say so and refuse nothing; it hears what it missed', async () => {
    const user = replicas.client();
    await user.logIn(undefined);
    const { id } = await user.readyDesktop();
    const desktopToken = await user.desktopToken(id);
    const other = replicas.client();
    await other.logIn(undefined);
    const theirs = await other.readyDesktop();
    const theirToken = await other.desktopToken(theirs.id);
    const display = await user.display(id, desktopToken);

    for (const server of replicas.apis) server.signal('SIGSTOP');
    await eventually(async () => {
      const { status, body } = await replicas.client().call('GET', '/readyz');
      expect({ status, fields: body.fields }).toStrictEqual({ status: 503, fields: { denials: 'no line to the control plane' } });
    });
    expect(display.readyState).toBe(display.OPEN);
    (await other.display(theirs.id, theirToken)).close();

    // What ends while the gateway hears nothing, as it is stalled itself.
    replicas.gateway.signal('SIGSTOP');
    for (const server of replicas.apis) server.signal('SIGCONT');
    await api(0).clientOf(user).call('DELETE', `/api/v1/desktops/${id}`);
    const closed = once(display, 'close');
    display.resume();
    replicas.gateway.signal('SIGCONT');
    await closed;
    await replicas.gateway.untilReady();
    await expect(user.display(id, desktopToken)).rejects.toThrow('HTTP 401');
    await other.call('DELETE', `/api/v1/desktops/${theirs.id}`);
  }, 60_000);
});

/**
 * Stops it where it does not hold the lock of the SQLite file, which nobody but itself could ever give back: at a database server the others'
 * writes would go on.
 */
async function stall(server: ServerProcess, other: ServerProcess): Promise<void> {
  for (;;) {
    server.signal('SIGSTOP');
    const login = other.client().call('POST', '/api/v1/auth/login', { provider: 'anonymous' });
    const isWriting = await Promise.race([login.then(({ status }) => status === 200), pause(2_000).then(() => false)]);
    if (isWriting) return;
    server.signal('SIGCONT');
    await login.catch(() => undefined);
  }
}

describe('a replica', () => {
  /** Sends requests through the gateway without a pause, until it is told to stop. @returns what was not answered as it should be */
  function keepAsking(user: HttpClient): () => Promise<readonly string[]> {
    const failures: string[] = [];
    let isOver = false;
    const work = async () => {
      while (!isOver) {
        for (const [method, path] of [
          ['GET', '/api/v1/me'],
          ['POST', '/api/v1/desktops'],
        ] as const) {
          const { status } = await user
            .call(method, path, method === 'POST' ? {} : undefined)
            .catch((error) => ({ status: String(error) }));
          if (status !== 200) failures.push(`${method} ${path}: ${status}`);
        }
      }
    };
    const workers = [work(), work()];
    return async () => {
      isOver = true;
      await Promise.all(workers);
      return failures;
    };
  }

  it('that is told to end finishes what it has: no request fails, and streams are ended for others to take up', async () => {
    const user = replicas.client();
    await user.logIn(undefined);
    const { id } = await user.readyDesktop();
    const stop = keepAsking(user);
    const waiting = replicas.apis.map((server) => {
      const attempt = crypto.randomUUID();
      return server.client().call('GET', `/api/v1/auth/attempts/${attempt}/progress`);
    });
    for (const server of replicas.apis) {
      expect(await server.end('SIGTERM')).toBe(0);
      await server.start();
    }
    expect((await Promise.all(waiting)).map(({ status }) => status)).toStrictEqual([200, 200, 200]);
    expect(await stop()).toStrictEqual([]);
    await user.call('DELETE', `/api/v1/desktops/${id}`);
  }, 90_000);

  it('that is killed is not missed: safe requests go to another, its desktops are taken over', async () => {
    const user = replicas.client();
    await user.logIn(undefined);
    const asked = await api(0).clientOf(user).call('POST', '/api/v1/desktops', {});
    await api(0).end('SIGKILL');
    const { id } = asked.body;
    for (let number = 0; number < 12; number++) expect((await user.call('GET', `/api/v1/desktops/${id}`)).status).toBe(200);
    await user.untilStatus(id, 'ready');
    await api(0).start();
    await user.call('DELETE', `/api/v1/desktops/${id}`);
    await user.untilStatus(id, 'stopped');
  }, 60_000);

  it('that stood still for ten seconds does nothing twice when it goes on', async () => {
    const users = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const user = replicas.client();
        await user.logIn(undefined);
        return user;
      }),
    );
    const asked = await Promise.all(users.map((user) => api(1).clientOf(user).call('POST', '/api/v1/desktops', {})));
    await stall(api(1), api(2));
    const end = performance.now() + 10_000;
    for (const [index, user] of users.entries()) await api(2).clientOf(user).untilStatus(asked[index]!.body.id, 'ready');
    // One of them is over before the stalled replica goes on: it must not start it again.
    await api(2).clientOf(users[0]!).call('DELETE', `/api/v1/desktops/${asked[0]!.body.id}`);
    await api(2).clientOf(users[0]!).untilStatus(asked[0]!.body.id, 'stopped');
    await pause(Math.max(0, end - performance.now()));
    api(1).signal('SIGCONT');
    await api(1).untilReady();
    for (const [index, user] of users.entries()) {
      const { id } = asked[index]!.body;
      expect((await api(1).clientOf(user).call('GET', `/api/v1/desktops/${id}`)).body).toMatchObject({
        run: 1,
        status: index === 0 ? 'stopped' : 'ready',
      });
      expect(processesOf(id, 1).filter(({ command }) => command.includes('Xvnc'))).toHaveLength(index === 0 ? 0 : 1);
      if (index > 0) await user.call('DELETE', `/api/v1/desktops/${id}`);
    }
    for (const [index, user] of users.entries()) await user.untilStatus(asked[index]!.body.id, 'stopped');
  }, 90_000);
});
