/** The whole server at its limits: more users than places, and desktops that do not end by themselves. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { eventually } from '../support/eventually.js';
import { HttpClient } from '../support/http-client.js';
import { markedProcesses, processesOf } from '../support/processes.js';
import { StandaloneServer } from '../support/standalone.js';

let server: StandaloneServer;
beforeAll(async () => {
  server = await StandaloneServer.make({ desktops: { limit: 3, deadlines: { startMs: 2_000 } } });
  await server.start();
});
afterAll(() => server.dispose());

const someone = async (): Promise<HttpClient> => {
  const made = new HttpClient(server.url);
  await made.logIn(undefined);
  return made;
};

it('takes null for no setting of a desktop, and pages on from no application that is not there', async () => {
  const client = await someone();
  for (const field of ['profile', 'width', 'height', 'timezone', 'locale']) {
    const { status, body } = await client.call('POST', '/api/v1/desktops', { [field]: null });
    expect({ status, fields: Object.keys(body.fields) }).toStrictEqual({ status: 400, fields: [field] });
  }
  expect((await client.call('GET', '/api/v1/applications?cursor=none')).body).toMatchObject({ code: 'INVALID_REQUEST' });
});

it('gives no more desktops than there are places, though all ask at the same instant', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, someone));
  const answers = await Promise.all(all.map((client) => client.call('POST', '/api/v1/desktops', {})));
  const [taken, refused] = [answers.filter(({ status }) => status === 202), answers.filter(({ status }) => status === 503)];
  expect([taken.length, refused.length]).toStrictEqual([3, 17]);
  expect(new Set(refused.map(({ body }) => body.code))).toStrictEqual(new Set(['DESKTOP_LIMIT_REACHED']));
  const owners = all.filter((_, index) => answers[index]?.status === 202);
  // Asking again is no new desktop, though no place is left.
  for (const owner of owners) expect((await owner.call('POST', '/api/v1/desktops', {})).status).toBe(200);
  for (const [index, owner] of owners.entries()) {
    const { id } = taken[index]!.body;
    await owner.call('DELETE', `/api/v1/desktops/${id}`);
    await owner.untilStatus(id, 'stopped');
  }
});

it('leaves no process of a desktop that failed and does not end by itself', async () => {
  const client = await someone();
  const { body } = await client.call('POST', '/api/v1/desktops', {});
  const { pid } = await eventually(() => {
    const [agent] = processesOf(body.id, 1).filter(({ command }) => command.includes('agent.json'));
    expect(agent).toBeDefined();
    return agent!;
  });
  process.kill(pid, 'SIGSTOP');
  const { body: failed } = await client.untilStatus(body.id, 'failed');
  expect(failed.cause).toBe('START_TIMED_OUT');
  expect(await server.end('SIGINT')).toBe(0);
  expect(markedProcesses().filter(({ marker }) => marker.startsWith(`${body.id}/`))).toStrictEqual([]);
});

it('ends as it should though nobody takes its log any more, as after a terminal was closed', async () => {
  await server.end('SIGINT');
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [join(projectFolder(), 'dist/server/standalone.mjs')], {
    env: { PATH: process.env.PATH, DESKHAND_CONFIG: join(server.folder, 'deskhand.yaml'), DESKHAND_PORT: String(server.port) },
    stdio: ['ignore', full, full],
  });
  const ended = once(child, 'exit');
  const client = await eventually(someone);
  const { id } = await client.readyDesktop();
  child.kill('SIGHUP');
  expect(await ended).toStrictEqual([0, null]);
  expect(markedProcesses().filter(({ marker }) => marker.startsWith(`${id}/`))).toStrictEqual([]);
});
