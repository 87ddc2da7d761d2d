/** The whole server as a developer meets it: real processes, real desktops, the HTTP contract, and everything that can go wrong. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { HttpClient } from '../support/http-client.js';
import { agentOf, markedProcesses, processesOf } from '../support/processes.js';
import { RfbClient } from '../support/rfb-client.js';
import { StandaloneServer } from '../support/standalone.js';

let server: StandaloneServer;
const client = async (username?: string): Promise<HttpClient> => {
  const made = new HttpClient(server.url);
  await made.logIn(username);
  return made;
};

beforeAll(async () => {
  server = await StandaloneServer.make();
  await server.start();
});
afterAll(() => server.dispose());

describe('a desktop over HTTP', () => {
  it('is asked for, becomes ready, shows its display, and ends', async () => {
    const fry = await client('fry');
    const asked = await fry.call('POST', '/api/v1/desktops', { width: 800, height: 600 });
    expect(asked).toMatchObject({ status: 202, body: { run: 1, profile: 'standard', applications: [] } });
    expect(asked.headers.get('location')).toBe(`/api/v1/desktops/${asked.body.id}`);
    const { body } = await fry.untilStatus(asked.body.id, 'ready');
    expect(body).toMatchObject({ observed: 'present', owner: { provider: 'planet-express' } });
    const display = await RfbClient.connect(await fry.display(body.id, await fry.desktopToken(body.id)));
    expect([display.width, display.height]).toStrictEqual([800, 600]);
    expect((await fry.call('DELETE', `/api/v1/desktops/${body.id}`)).status).toBe(202);
    await fry.untilStatus(body.id, 'stopped');
    expect(processesOf(body.id, 1)).toStrictEqual([]);
  });

  it('is the same one for everybody who asks at the same instant', async () => {
    const leela = await client('leela');
    const answers = await Promise.all(Array.from({ length: 20 }, () => leela.call('POST', '/api/v1/desktops', {})));
    expect(new Set(answers.map(({ body }) => `${body.id} ${body.run}`)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    const { id } = answers[0]!.body;
    await leela.untilStatus(id, 'ready');
    expect(processesOf(id, 1).filter(({ command }) => command.includes('Xvnc'))).toHaveLength(1);
    expect((await leela.call('POST', '/api/v1/desktops', {})).status).toBe(200);
    await leela.call('DELETE', `/api/v1/desktops/${id}`);
  });

  it('tells its progress in order, and from where the reader left off', async () => {
    const amy = await client('amy');
    const { body } = await amy.call('POST', '/api/v1/desktops', {});
    const told = await amy.call('GET', `/api/v1/desktops/${body.id}/progress`);
    expect(told.headers.get('content-type')).toContain('text/event-stream');
    const phases = [...told.body.matchAll(/"phase":"(\w+)"/g)].map(([, phase]) => phase);
    expect(phases.slice(0, 4)).toStrictEqual(['requested', 'scheduled', 'starting', 'display']);
    expect(told.body).toContain('event: ready');
    const [, second] = [...told.body.matchAll(/^id: ?(.+)$/gm)].map(([, id]) => id);
    const resumed = await amy.call('GET', `/api/v1/desktops/${body.id}/progress`, undefined, { 'last-event-id': second });
    expect(resumed.body).not.toContain('"phase":"requested"');
    expect(resumed.body).toContain('event: ready');
    await amy.call('DELETE', `/api/v1/desktops/${body.id}`);
  });

  it('can be cancelled while it starts', async () => {
    const bender = await client('bender');
    const { body } = await bender.call('POST', '/api/v1/desktops', {});
    await bender.call('DELETE', `/api/v1/desktops/${body.id}`);
    await bender.untilStatus(body.id, 'stopped');
    await eventually(() => expect(processesOf(body.id, body.run)).toStrictEqual([]));
  });

  it('says why it ended when its display dies, leaves nothing, and starts again as the next run', async () => {
    const zoidberg = await client('zoidberg');
    const { id } = await zoidberg.readyDesktop();
    const xvnc = processesOf(id, 1).find(({ command }) => command.includes('Xvnc'));
    execFileSync('kill', ['-9', String(xvnc!.pid)]);
    const { body } = await zoidberg.untilStatus(id, 'failed');
    expect(body).toMatchObject({ cause: 'DISPLAY_ENDED', remedy: expect.any(String) });
    await eventually(() => expect(processesOf(id, 1)).toStrictEqual([]));
    expect(await zoidberg.readyDesktop()).toMatchObject({ id, run: 2 });
    await zoidberg.call('DELETE', `/api/v1/desktops/${id}`);
  });

  it('says so when its agent is killed, and the rest of it is swept', async () => {
    const someone = await client();
    const { id } = await someone.readyDesktop();
    process.kill(agentOf(id, 1), 'SIGKILL');
    expect((await someone.untilStatus(id, 'failed')).body).toMatchObject({ cause: 'AGENT_EXITED' });
    await eventually(() => expect(processesOf(id, 1)).toStrictEqual([]));
  });
});

describe('applications over HTTP', () => {
  it('are listed, started, logged, and ended', async () => {
    const hermes = await client('hermes');
    const { body: catalogue } = await hermes.call('GET', '/api/v1/applications');
    expect(catalogue.items.map(({ name }: { name: string }) => name)).toStrictEqual(['pattern', 'stubborn', 'terminal']);
    const { id } = await hermes.readyDesktop();
    const path = `/api/v1/desktops/${id}/applications`;
    const launched = await hermes.call('POST', path, { application: 'pattern' });
    expect(launched).toMatchObject({ status: 202, body: { application: 'pattern' } });
    const one = `${path}/${launched.body.id}`;
    await eventually(async () => expect((await hermes.call('GET', one)).body.status).toBe('running'));
    const token = await hermes.desktopToken(id);
    await eventually(async () => {
      const windows = await new HttpClient(server.url).call('GET', `/d/${id}/windows`, undefined, { authorization: `Bearer ${token}` });
      expect(windows.body.items).toMatchObject([{ class: expect.stringMatching(/xlogo/i), application: expect.any(String) }]);
    });
    expect((await hermes.call('GET', `${one}/logs`)).status).toBe(200);
    expect((await hermes.call('DELETE', one)).status).toBe(202);
    await eventually(async () => expect((await hermes.call('GET', one)).body.status).toBe('exited'));
    expect(await hermes.call('POST', path, { application: 'none' })).toMatchObject({
      status: 404,
      body: { code: 'APPLICATION_NOT_FOUND' },
    });
    await hermes.call('DELETE', `/api/v1/desktops/${id}`);
  });

  it('are refused while the desktop is not ready', async () => {
    const someone = await client();
    const { id } = await someone.readyDesktop();
    await someone.call('DELETE', `/api/v1/desktops/${id}`);
    const answer = await someone.call('POST', `/api/v1/desktops/${id}/applications`, { application: 'terminal' });
    expect(answer).toMatchObject({ status: 409, body: { code: 'DESKTOP_NOT_READY' } });
  });
});

describe("somebody else's desktop", () => {
  it('is not there: not to read, to enter, to use or to end', async () => {
    const [owner, stranger] = [await client(), await client()];
    const { id } = await owner.readyDesktop();
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/token'],
      ['GET', '/progress'],
      ['GET', '/applications'],
      ['POST', '/applications'],
    ] as const) {
      const answer = await stranger.call(
        method,
        `/api/v1/desktops/${id}${path}`,
        method === 'POST' ? (path === '/token' ? {} : { application: 'terminal' }) : undefined,
      );
      expect([method, path, answer.status, answer.body.code]).toStrictEqual([method, path, 404, 'DESKTOP_NOT_FOUND']);
    }
    const { id: own } = await stranger.readyDesktop();
    const token = await stranger.desktopToken(own);
    await expect(stranger.display(id, token)).rejects.toThrow('HTTP 401');
    for (const each of [owner, stranger]) await each.call('DELETE', `/api/v1/desktops/${each === owner ? id : own}`);
  });
});

describe('the display socket', () => {
  it('refuses no token, a forged one, and another origin, before the upgrade', async () => {
    const someone = await client();
    const { id } = await someone.readyDesktop();
    const token = await someone.desktopToken(id);
    await expect(someone.display(id, '')).rejects.toThrow('HTTP 401');
    await expect(someone.display(id, `${token.slice(0, -6)}AAAAAA`)).rejects.toThrow('HTTP 401');
    await expect(someone.display(id, token, { origin: 'http://evil.example' })).rejects.toThrow('HTTP 403');
    await expect(someone.display(id, someone.token!)).rejects.toThrow('HTTP 401');
    await someone.call('DELETE', `/api/v1/desktops/${id}`);
  });

  it('closes on garbage without harm to anybody else', async () => {
    const someone = await client();
    const { id } = await someone.readyDesktop();
    const token = await someone.desktopToken(id);
    const good = await RfbClient.connect(await someone.display(id, token));
    for (let n = 0; n < 12; n++) {
      const bad = await someone.display(id, token);
      bad.resume();
      bad.on('error', () => {});
      bad.send(Buffer.alloc(4096, n * 17 + 3));
      if (bad.readyState !== bad.CLOSED) await once(bad, 'close');
    }
    good.refresh();
    await eventually(() => expect(good.updates.length).toBeGreaterThan(0));
    expect(good.closed).toBeUndefined();
    await someone.call('DELETE', `/api/v1/desktops/${id}`);
  });

  it('is closed at once when its owner logs out', async () => {
    const someone = await client();
    const { id } = await someone.readyDesktop();
    const display = await RfbClient.connect(await someone.display(id, await someone.desktopToken(id)));
    expect((await someone.call('POST', '/api/v1/auth/logout', { stopDesktop: true })).status).toBe(204);
    await eventually(() => expect(display.closed).toBeDefined());
    expect((await someone.call('GET', `/api/v1/desktops/${id}`)).status).toBe(401);
    await eventually(() => expect(processesOf(id, 1)).toStrictEqual([]));
  });
});

describe('a server that is killed', () => {
  it('finds its sessions, its history and its live desktops again, and nothing runs twice', async () => {
    const professor = await client('professor');
    const { id } = await professor.readyDesktop();
    // The window manager and applications may still be starting.
    const lasting = () => processesOf(id, 1).flatMap(({ pid, command }) => (/Xvnc|agent\.json/.test(command) ? [pid] : []));
    const before = lasting();
    expect(before).toHaveLength(2);
    await server.end('SIGKILL');
    await server.start();
    expect((await professor.untilStatus(id, 'ready')).body).toMatchObject({ run: 1 });
    const display = await RfbClient.connect(await professor.display(id, await professor.desktopToken(id)));
    expect(display.width).toBeGreaterThan(0);
    expect(lasting()).toStrictEqual(before);
    const { body } = await professor.call('GET', '/api/v1/me/logins');
    expect(body.items).toHaveLength(1);
    await professor.call('DELETE', `/api/v1/desktops/${id}`);
  });

  it('goes on with a desktop that it had only just been asked for', async () => {
    const someone = await client();
    const { body } = await someone.call('POST', '/api/v1/desktops', {});
    await server.end('SIGKILL');
    await server.start();
    await someone.untilStatus(body.id, 'ready');
    expect(processesOf(body.id, 1).filter(({ command }) => command.includes('Xvnc'))).toHaveLength(1);
    await someone.call('DELETE', `/api/v1/desktops/${body.id}`);
  });

  it('ends after the restart what it had been asked to end', async () => {
    const someone = await client();
    const { id } = await someone.readyDesktop();
    await someone.call('DELETE', `/api/v1/desktops/${id}`);
    await server.end('SIGKILL');
    await server.start();
    await someone.untilStatus(id, 'stopped');
    expect(processesOf(id, 1)).toStrictEqual([]);
  });
});

describe('the server as a program', () => {
  it('refuses a data folder that is in use, in one sentence', async () => {
    const second = await StandaloneServer.make({ data: `${server.folder}/data` });
    await expect(second.start()).rejects.toThrow(/Another server uses the data folder/);
    await second.dispose();
  });

  it('refuses a data folder where there can be none, in one sentence, and does not try for ever', async () => {
    const second = await StandaloneServer.make({ data: '/proc/nowhere/data' });
    await expect(second.start()).rejects.toThrow(/The data folder \/proc\/nowhere\/data cannot be used/);
    await second.dispose();
  });

  it('refuses a port that is in use, in one sentence', async () => {
    const second = await StandaloneServer.make();
    await expect(second.start(server.port)).rejects.toThrow(new RegExp(`port ${server.port}`, 'i'));
    await second.dispose();
  });

  it('ends everything on Ctrl-C and leaves no process', async () => {
    const before = markedProcesses().map(({ pid }) => pid);
    const own = await StandaloneServer.make();
    await own.start();
    const someone = new HttpClient(own.url);
    await someone.logIn(undefined);
    const { id } = await someone.readyDesktop();
    await someone.call('POST', `/api/v1/desktops/${id}/applications`, { application: 'terminal' });
    expect(await own.end('SIGINT')).toBe(0);
    expect(markedProcesses().filter(({ pid, marker }) => !before.includes(pid) && marker.startsWith(id))).toStrictEqual([]);
    await own.dispose();
  });
});
