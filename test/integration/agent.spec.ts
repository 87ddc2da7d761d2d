import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DesktopEvent } from '#libs/display';
import { PROOF_HEADER } from '#libs/tokens';
import { readProcess } from '../../libs/display/src/process-table.js';
import { agentRigs, eventually } from '../support/agent-rig.js';

const start = agentRigs();

describe('the proof', () => {
  test('is asked of everything, upgrades too, and nothing is said without it', async () => {
    const rig = start();
    for (const header of ['', 'v1;operate;1;nonce;mac', 'x'.repeat(5000)]) {
      const answer = await rig.send('GET', '/status', { [PROOF_HEADER]: header });
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.body).code).toBe('AGENT_PROOF_INVALID');
      expect(answer.headers[PROOF_HEADER]).toBeUndefined();
      await expect(rig.webSocket('/display', ['control'], header)).rejects.toThrow('401');
    }
    expect((await rig.send('GET', '/nothing', {})).status).toBe(401);
  });

  test('counts once, for one method and one path', async () => {
    const rig = start();
    await rig.address();
    const { header, isAnswer } = rig.prove('GET', '/status', ['operate']);
    expect((await rig.send('GET', '/status?x', { [PROOF_HEADER]: header })).status).toBe(401);
    const answer = await rig.send('GET', '/status', { [PROOF_HEADER]: header });
    expect(answer.status).toBe(200);
    expect(isAnswer(answer.headers[PROOF_HEADER] as string)).toBe(true);
    expect((await rig.send('GET', '/status', { [PROOF_HEADER]: header })).status).toBe(401);
  });

  test('carries what the caller may do', async () => {
    const rig = start();
    expect((await rig.call('GET', '/status', ['control', 'view'])).status).toBe(403);
    expect((await rig.call('POST', '/windows/1/close', ['view'])).status).toBe(403);
    expect((await rig.call('POST', '/windows/1/close', ['control'])).status).toBe(404);
    await expect(rig.webSocket('/events', ['operate'])).rejects.toThrow('403');
    expect((await rig.call('PUT', '/status', ['operate'])).headers.allow).toBe('GET');
    expect((await rig.call('GET', '/display', ['control'])).status).toBe(405);
    expect((await rig.call('GET', '/other', ['control'])).status).toBe(404);
  });
});

describe('windows', () => {
  test('are listed with their application, brought to the front, closed, and told to whoever listens', async () => {
    const rig = start();
    const events: DesktopEvent[] = [];
    const socket = await rig.webSocket('/events', ['view']);
    socket.on('message', (data) => events.push(JSON.parse(data.toString())));
    socket.resume();
    await rig.launch('one', 'xterm', '-T', 'Fenster ü 世界');
    const one = await rig.windowOf('one');
    expect(one).toMatchObject({ title: 'Fenster ü 世界', class: 'XTerm', application: 'one' });
    await rig.launch('two', 'xclock');
    const two = await rig.windowOf('two');
    expect((await rig.call('POST', `/windows/${one.id}/activate`, ['control'])).status).toBe(204);
    await eventually(async () => (await rig.windows()).find((window) => window.id === one.id)?.active);
    expect((await rig.call('POST', `/windows/${two.id}/close`, ['control'])).status).toBe(204);
    await rig.application('two', 'exited');
    const isOne = (event: DesktopEvent) => event.type === 'windows' && event.items.length === 1 && event.items[0]?.active;
    await eventually(() => events.some(isOne));
    expect(events.filter(({ type }) => type === 'applications').length).toBeGreaterThan(0);
  });

  test('say which of them take the whole screen', async () => {
    const rig = start();
    await rig.launch('small', 'xclock');
    await rig.launch('large', 'xterm', '-fullscreen');
    await eventually(async () => (await rig.windowOf('large')).maximized);
    expect(await rig.windowOf('small')).not.toHaveProperty('maximized');
  });

  test('belong to their application even when a process of it that left its group opened them', async () => {
    const rig = start();
    await rig.launch('outer', 'sh', '-c', 'setsid -f xclock; sleep 60');
    expect(await rig.windowOf('outer')).toMatchObject({ class: 'XClock' });
  });

  test('ring the bell', async () => {
    const rig = start();
    const socket = await rig.webSocket('/events', ['view']);
    const rung = new Promise((resolve) => socket.on('message', (data) => JSON.parse(data.toString()).type === 'bell' && resolve(true)));
    socket.resume();
    await rig.launch('bell', 'xterm', '-e', 'sh', '-c', 'while sleep 0.2; do printf "\\a"; done');
    expect(await rung).toBe(true);
  });
});

describe('the end', () => {
  test('by SIGTERM is clean and leaves no process', async () => {
    const rig = start();
    const socket = await rig.webSocket('/display', ['view']);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    await rig.launch(
      'stubborn',
      'sh',
      '-c',
      "trap '' TERM; setsid env -i sh -c 'echo $$ > child; exec sleep 300' & while :; do sleep 1; done",
    );
    const child = join(rig.configuration.home, 'child');
    const pid = Number(await eventually(() => existsSync(child) && readFileSync(child, 'utf8')));
    await rig.launch('clock', 'xclock');
    await rig.windowOf('clock');
    expect(rig.processes().length).toBeGreaterThan(4);
    rig.process.kill('SIGTERM');
    expect(await closed).toBe(1001);
    expect(await rig.exit()).toBe(0);
    expect(rig.processes()).toEqual([]);
    expect(readProcess(pid)).toBeUndefined();
  });

  test('of the X server ends the agent, which says so first', async () => {
    const rig = start();
    await rig.webSocket('/display', ['view']);
    await rig.launch('clock', 'xclock');
    await rig.windowOf('clock');
    const stream = rig.call('GET', '/status/stream', ['operate']);
    const server = rig.processNamed('Xvnc');
    await eventually(() => rig.status());
    process.kill(server?.pid ?? 0, 'SIGKILL');
    expect(await rig.exit()).toBe(70);
    expect(rig.failure).toMatchObject({ code: 'DISPLAY_ENDED', detail: expect.stringContaining('Xvnc ended with SIGKILL') });
    const lines = (await stream).body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ display: 'answering', desktop: 'test-desktop', run: 1 });
    expect(lines.at(-1)).toMatchObject({ display: 'ended' });
    expect(rig.processes()).toEqual([]);
  });

  test('of the window manager is repaired', async () => {
    const rig = start();
    const manager = () => rig.processNamed('openbox')?.pid;
    const first = await eventually(manager);
    process.kill(first, 'SIGKILL');
    await eventually(() => manager() !== undefined && manager() !== first);
    await rig.launch('clock', 'xclock');
    await rig.windowOf('clock');
  });

  test.each([
    ['a program that is missing', { environment: { PATH: '/nowhere' } }, 'PROGRAM_MISSING', 'Xvnc'],
    ['an address of somebody else', { change: { listen: { host: '192.0.2.1', port: 1 } } }, 'CONFIGURATION_INVALID', '192.0.2.1'],
  ])('before the start has a cause: %s', async (_name, given: { change?: object; environment?: NodeJS.ProcessEnv }, code, word) => {
    const rig = start(given.change, given.environment);
    expect(await rig.exit()).toBe(71);
    expect(rig.failure).toMatchObject({ code, detail: expect.stringContaining(word) });
    expect(rig.processes()).toEqual([]);
  });

  test('before the start has a cause: a wrong secret or configuration', async () => {
    const rig = start({ secretFile: '/dev/null' });
    expect(await rig.exit()).toBe(71);
    expect(rig.failure.code).toBe('CONFIGURATION_INVALID');
    const other = start({ width: -1, userName: '' });
    expect(await other.exit()).toBe(71);
    expect(other.output).toMatch(/CONFIGURATION_INVALID: .*userName .*; width .*\./);
  });

  test('of whoever started it does not matter', async () => {
    const rig = start();
    await rig.address();
    rig.process.stdout?.destroy();
    rig.process.stderr?.destroy();
    rig.process.kill('SIGHUP');
    const manager = await eventually(() => rig.processNamed('openbox'));
    // Makes it write to the closed pipe.
    process.kill(manager.pid, 'SIGKILL');
    await eventually(() => rig.processNamed('openbox')?.pid !== manager.pid && rig.processNamed('openbox'));
    expect((await rig.status()).display).toBe('answering');
  });
});

test('a caller who never finishes a request is let go', async () => {
  const rig = start();
  const { address, port } = await rig.address();
  const socket = connect(port, address);
  socket.write('GET /status HTTP/1.1\r\nhost: x\r\n');
  await new Promise((resolve) => socket.once('close', resolve).resume());
});
