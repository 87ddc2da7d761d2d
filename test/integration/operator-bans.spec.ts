/** An operator's command beside the running server: whom it bans is out within a second or so, desktop and all; whom it lifts comes in again. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { configurationSchema } from '#libs/common';
import { bans as command } from '../../apps/operator/src/bans.command.js';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { HttpClient } from '../support/http-client.js';
import { SERVICE } from '../support/samba.js';
import { StandaloneServer } from '../support/standalone.js';

let server: StandaloneServer;
beforeAll(async () => {
  server = await StandaloneServer.make();
  await server.start();
});
afterAll(() => server.dispose());

const run = promisify(execFile);
async function bans(...args: string[]): Promise<string> {
  const env = { PATH: process.env.PATH, DESKHAND_CONFIG: join(server.folder, 'deskhand.yaml') };
  const words = [join(projectFolder(), 'dist/apps/operator/src/main.js'), 'bans', ...args];
  return (await run(process.execPath, words, { cwd: server.folder, env, timeout: 60_000 })).stdout;
}
const FRY = ['--provider', 'planet-express', '--account', ' FRY '];

/** Of which nothing runs. */
const folder = mkdtempSync(join(tmpdir(), 'deskhand-operator-bans-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const elsewhere = configurationSchema.parse({
  data: folder,
  store: { kind: 'sqlite' },
  http: { trustedProxies: ['10.2.0.1'] },
  identity: {
    attempts: { protectedNetworks: ['10.1.0.0/16'] },
    providers: [
      {
        kind: 'activedirectory',
        id: 'domain',
        displayName: 'Domain',
        domain: 'planex.test',
        netbiosName: 'PLANEX',
        controllers: ['127.0.0.1'],
        service: SERVICE,
      },
      { kind: 'anonymous', id: 'guests', displayName: 'Guests' },
    ],
  },
});

describe('npm run bans', () => {
  it('throws out, keeps out, lists and lets in again, while the server runs', async () => {
    expect(await bans('list')).toBe('Nobody is banned.\n');
    const [fry, leela] = [new HttpClient(server.url), new HttpClient(server.url)];
    await fry.logIn('fry');
    await leela.logIn('leela');
    const { id } = await fry.readyDesktop();
    const token = await fry.desktopToken(id);
    const display = await fry.display(id, token);
    display.resume();
    const closed = once(display, 'close').then(() => Date.now());

    expect(await bans('ban', ...FRY, '--hours', '1')).toMatch(/^Banned until .*: fry of planet-express\.\n$/);
    const [{ at }] = JSON.parse(await bans('list', '--json'));
    // The server looks for what others stored twice a second; the rest is for a busy machine.
    expect((await closed) - Date.parse(at)).toBeLessThan(5_000);
    expect((await fry.call('GET', '/api/v1/me')).body.code).toBe('SESSION_ENDED');
    await expect(fry.display(id, token)).rejects.toThrow('HTTP 401');
    expect(await fry.logIn('fry')).toMatchObject({ status: 429, body: { code: 'TOO_MANY_ATTEMPTS' } });
    expect((await leela.call('GET', '/api/v1/me')).status).toBe(200);
    expect(await bans('list')).toMatch(/^until \S+ {2}operator {2}"fry of planet-express"\n$/);

    expect(await bans('lift', ...FRY)).toBe('Not banned any more: fry of planet-express.\n');
    expect((await fry.logIn('fry')).status).toBe(200);
    expect(await bans('list')).toBe('Nobody is banned.\n');
  }, 120_000);

  it.each(['PLANEX\\fry', 'fry@planex.test', 'planex.test\\FRY', ' Fry'])(
    'means the account that the provider means by %j',
    async (name) => {
      const whom = ['--provider', 'domain', '--account', name];
      const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
      try {
        for (const args of [
          ['ban', ...whom],
          ['list', '--json'],
          ['lift', ...whom],
          ['list', '--json'],
        ])
          await command(elsewhere, args);
        const [, banned = '', , lifted] = written.mock.calls.map(([text]) => String(text));
        expect(JSON.parse(banned)).toMatchObject([{ source: { kind: 'account', provider: 'domain', account: 'fry' }, reason: 'operator' }]);
        expect(lifted).toBe('[]\n');
      } finally {
        written.mockRestore();
      }
    },
  );

  it.each([
    [['ban']],
    [['ban', '--account', 'fry']],
    [['ban', '--provider', 'nowhere', '--account', 'fry']],
    [['ban', '--provider', 'nowhere', '--subject', '1']],
    [['ban', '--provider', 'domain', '--account', 'OTHER\\fry']],
    [['ban', '--provider', 'domain', '--account', '\0']],
    [['ban', '--provider', 'guests', '--account', 'fry']],
    [['ban', '--address', '10.1.2.3']],
    [['ban', '--address', '::ffff:10.2.0.1']],
    [['ban', '--address', 'here']],
    [['ban', '--address', '192.0.2.1', '--account', 'fry', '--provider', 'office']],
    [['ban', ...FRY, '--hours', '-1']],
    [['remove', ...FRY]],
    [['list', '--all']],
  ])('says what is wrong with %j', async (args) => {
    const detail = expect.stringContaining('npm run bans -- ban WHOM');
    await expect(command(elsewhere, args)).rejects.toMatchObject({ code: 'INVALID_REQUEST', detail });
  });
});
