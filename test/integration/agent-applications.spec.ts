/** Holds the bundled agent to what docs/agent-protocol.md says of applications, with real programs. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROOF_HEADER } from '#libs/tokens';
import { agentRigs, eventually } from '../support/agent-rig.js';
import { RfbClient } from '../support/rfb-client.js';

const start = agentRigs();

describe('applications', () => {
  test('run, take what is typed, and tell their exit code and output', async () => {
    const rig = start();
    await rig.launch('shell', 'xterm');
    const { id } = await rig.windowOf('shell');
    await rig.call('POST', `/windows/${id}/activate`, ['control']);
    await eventually(async () => (await rig.windows())[0]?.active);
    const client = await RfbClient.connect(await rig.webSocket('/display', ['control']));
    const file = join(rig.configuration.home, 'typed');
    await eventually(() => {
      client.type(`echo done > typed\n`);
      return statSync(file, { throwIfNoEntry: false });
    });
    expect(readFileSync(file, 'utf8')).toBe('done\n');
    await rig.launch('code', 'sh', '-c', 'echo out; echo err >&2; exit 7');
    expect(await rig.application('code', 'exited')).toMatchObject({ exitCode: 7 });
    const log = await eventually(async () => (await rig.call('GET', '/applications/code/log', ['operate'])).body);
    expect(log.split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  test('are launched once however often the same id is asked for', async () => {
    const rig = start();
    for (let round = 0; round < 5; round++) expect((await rig.launch('same', 'sh', '-c', 'echo x >> count; sleep 60')).status).toBe(202);
    await rig.application('same', 'running');
    expect(readFileSync(join(rig.configuration.home, 'count'), 'utf8')).toBe('x\n');
    expect((await rig.status()).applications).toHaveLength(1);
  });

  test('fail with a cause when the program is not there', async () => {
    const rig = start();
    await rig.launch('none', 'no-such-program');
    expect(await rig.application('none', 'failed')).toMatchObject({ detail: 'The program no-such-program is not installed.' });
  });

  test('end when told, even those that ignore TERM or left their group', async () => {
    const rig = start();
    await rig.launch(
      'stubborn',
      'sh',
      '-c',
      "trap '' TERM; setsid -f sh -c \"trap '' TERM; sleep 300 & wait\"; sleep 300 & while :; do wait; done",
    );
    await rig.application('stubborn', 'running');
    expect((await rig.call('DELETE', '/applications/stubborn', ['operate'])).status).toBe(202);
    await rig.application('stubborn', 'stopping', 'exited');
    expect(await rig.application('stubborn', 'exited')).toMatchObject({ signal: 'SIGKILL' });
    await eventually(() => !rig.processes().some(({ environment }) => environment.has('DESKHAND_APPLICATION=stubborn')));
    expect((await rig.call('DELETE', '/applications/unknown', ['operate'])).status).toBe(404);
  });

  test('see only what they may of the environment', async () => {
    const rig = start({ timezone: 'Europe/Paris', locale: 'fr-FR' }, { SECRET_OF_THE_SERVER: 'x', NODE_OPTIONS: '', LC_TIME: 'C.UTF-8' });
    await rig.launch('env', 'env');
    await rig.application('env', 'exited');
    const log = await eventually(async () => (await rig.call('GET', '/applications/env/log', ['operate'])).body);
    const names = log.split('\n').map((line) => line.split('=')[0]);
    expect(names).not.toContain('SECRET_OF_THE_SERVER');
    expect(names).not.toContain('NODE_OPTIONS');
    expect(log).toContain(`HOME=${rig.configuration.home}\n`);
    expect(log).toContain('TZ=Europe/Paris\n');
    expect(log).toContain('LC_TIME=C.UTF-8\n');
    expect(log).toContain('LANGUAGE=fr_FR:fr\n');
  });

  test('are refused with a named reason when the request is wrong', async () => {
    const rig = start();
    const post = (body: string, type = 'application/json') => {
      const { header } = rig.prove('POST', '/applications', ['operate']);
      return rig.send('POST', '/applications', { [PROOF_HEADER]: header, 'content-type': type }, body);
    };
    await rig.address();
    expect(JSON.parse((await post('{')).body).code).toBe('MALFORMED_BODY');
    expect((await post('{}', 'text/plain')).status).toBe(415);
    const wrong = JSON.parse((await post('{"id":"/","command":"rm -rf","extra":1}')).body);
    expect(Object.keys(wrong.fields).sort()).toEqual(['application', 'command', 'extra', 'id']);
    expect((await post(JSON.stringify({ id: 'x'.repeat(1024 * 1024) })).catch(() => ({ status: 413 }))).status).toBe(413);
  });
});
