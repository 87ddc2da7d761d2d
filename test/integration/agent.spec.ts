/** Holds the bundled agent to docs/agent-protocol.md, with the real X server, window manager and programs. */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DesktopEvent, DesktopWindow } from '#libs/display';
import { runMarker } from '#libs/display';
import { PROOF_HEADER } from '#libs/tokens';
import { marked, readProcesses } from '../../libs/display/src/process-table.js';
import { AgentRig, buildAgent, eventually } from '../support/agent-rig.js';
import { RfbClient } from '../support/rfb-client.js';

const folder = mkdtempSync(join(tmpdir(), 'deskhand-bundle-'));
let program = '';
const rigs: AgentRig[] = [];

function start(...options: ConstructorParameters<typeof AgentRig> extends [string, ...infer Rest] ? Rest : never): AgentRig {
  const rig = new AgentRig(program, ...options);
  rigs.push(rig);
  return rig;
}

const processesOf = (rig: AgentRig) =>
  marked(readProcesses(), (environment) => environment.has(`DESKHAND_RUN=${runMarker(rig.configuration)}`));

/** Runs an X client of this machine on the rig's display. */
async function onDisplay(rig: AgentRig, command: string, ...argv: string[]): Promise<string> {
  const hasDisplay = ({ environment }: { environment: ReadonlySet<string> }) =>
    [...environment].some((entry) => entry.startsWith('DISPLAY='));
  const variables = [...(await eventually(() => processesOf(rig).find(hasDisplay))).environment];
  const env = Object.fromEntries(variables.map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
  return (await promisify(execFile)(command, argv, { env, timeout: 10_000 })).stdout;
}

const windowsOf = async (rig: AgentRig): Promise<DesktopWindow[]> => JSON.parse((await rig.call('GET', '/windows', ['view'])).body).items;
const windowOf = (rig: AgentRig, application: string) =>
  eventually(async () => (await windowsOf(rig)).find((window) => window.application === application));

beforeAll(async () => {
  program = await buildAgent(folder);
});
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.dispose()));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the display', () => {
  test('answers RFB 3.8 through one WebSocket and sends pixels', async () => {
    const rig = start();
    const client = await RfbClient.connect(await rig.webSocket('/display', ['control']));
    expect([client.width, client.height]).toEqual([800, 600]);
    client.refresh();
    const update = await eventually(() => client.updates.at(-1));
    expect(update.pixels.length).toBe(4 * update.width * update.height);
  });

  test('has no TCP port, and its sockets and keys are for its owner alone', async () => {
    const rig = start();
    await rig.webSocket('/display', ['control']);
    const { folder: run } = rig.configuration;
    for (const name of ['rfb.sock', 'Xauthority']) expect(statSync(join(run, name)).mode & 0o777).toBe(0o600);
    const listeners = execFileSync('cat', ['/proc/net/tcp', '/proc/net/tcp6'], { encoding: 'utf8' });
    const inodes = new Set(
      listeners.split('\n').flatMap((line) => (line.trim().split(/\s+/)[3] === '0A' ? [line.trim().split(/\s+/)[9]] : [])),
    );
    for (const { pid } of processesOf(rig)) {
      const open = execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' }).match(/socket:\[(\d+)\]/g) ?? [];
      expect(open.filter((name) => inodes.has(name.slice(8, -1)))).toEqual([]);
    }
  });

  test.runIf(process.getuid?.() === 0)('needs nothing of root', async () => {
    chmodSync(folder, 0o755);
    const rig = start({}, {}, 65_534);
    const client = await RfbClient.connect(await rig.webSocket('/display', ['control']));
    expect(client.width).toBe(800);
    await rig.launch('who', 'xterm', '-e', 'sh', '-c', 'id -u > who; sleep 60');
    expect(await windowOf(rig, 'who')).toMatchObject({ class: 'XTerm' });
    await eventually(() => statSync(join(rig.configuration.home, 'who'), { throwIfNoEntry: false })?.size);
    expect(readFileSync(join(rig.configuration.home, 'who'), 'utf8')).toBe('65534\n');
    rig.process.kill('SIGTERM');
    expect(await rig.exit()).toBe(0);
    expect(processesOf(rig)).toEqual([]);
  });

  test('refuses X clients without its key', async () => {
    const rig = start();
    await rig.webSocket('/display', ['control']);
    const name = await onDisplay(rig, 'sh', '-c', 'printf %s "$DISPLAY"');
    expect(() =>
      execFileSync('xdpyinfo', ['-display', name], { env: { PATH: process.env.PATH, XAUTHORITY: '/dev/null' }, stdio: 'pipe' }),
    ).toThrow();
  });

  test('drops the input of those who may only watch, and still shows them everything', async () => {
    const rig = start();
    const viewer = await RfbClient.connect(await rig.webSocket('/display', ['view']));
    const actor = await RfbClient.connect(await rig.webSocket('/display', ['control']));
    actor.pointer(300, 200);
    await eventually(async () => (await onDisplay(rig, 'xdotool', 'getmouselocation')).startsWith('x:300 y:200'));
    viewer.pointer(10, 10);
    viewer.key(0x61);
    viewer.copy('nothing');
    viewer.refresh();
    await eventually(() => viewer.updates.length > 0);
    expect(await onDisplay(rig, 'xdotool', 'getmouselocation')).toMatch(/^x:300 y:200/);
    expect(viewer.closed).toBeUndefined();
  });

  test('closes a connection that sends something else than RFB, and no other', async () => {
    const rig = start();
    const neighbour = await RfbClient.connect(await rig.webSocket('/display', ['control']));
    for (let round = 0; round < 12; round++) {
      const socket = await rig.webSocket('/display', ['control']);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.resume();
      socket.send(Buffer.alloc(1000, round));
      expect(await closed).toBe(1002);
    }
    const late = await rig.webSocket('/display', ['control']);
    const garbage = await RfbClient.connect(late);
    late.send(Buffer.from([99, 1, 2, 3]));
    await eventually(() => garbage.closed);
    expect(garbage.closed?.code).toBe(1002);
    neighbour.refresh();
    await eventually(() => neighbour.updates.length > 0);
    expect(neighbour.closed).toBeUndefined();
  });

  test('closes a connection whose message is too large or is text', async () => {
    const rig = start();
    for (const [message, code] of [
      [Buffer.alloc(2 * 1024 * 1024), 1009],
      ['text', 1003],
    ] as const) {
      const socket = await rig.webSocket('/display', ['control']);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.resume();
      socket.send(message);
      expect(await closed).toBe(code);
    }
  });

  test('stays small and quick for others while a browser asks for pictures and does not read them', async () => {
    const rig = start();
    const socket = await rig.webSocket('/display', ['control']);
    const greedy = await RfbClient.connect(socket);
    socket.pause();
    for (let round = 0; round < 300; round++) {
      greedy.refresh();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const neighbour = await RfbClient.connect(await rig.webSocket('/display', ['control']));
    for (let round = 1; round <= 20; round++) {
      neighbour.refresh();
      await eventually(() => neighbour.updates.length >= round);
    }
    const memory = readFileSync(`/proc/${rig.process.pid}/status`, 'utf8');
    expect(Number(/VmRSS:\s+(\d+)/.exec(memory)?.[1]) / 1024).toBeLessThan(120);
    socket.resume();
    await eventually(() => greedy.updates.length > 0);
  });

  test('carries the clipboard both ways in UTF-8', async () => {
    const text = 'Grüße, 世界 🌍';
    const rig = start();
    const client = await RfbClient.connect(await rig.webSocket('/display', ['control']));
    await rig.launch('copy', 'sh', '-c', `printf %s "$1" | xclip -quiet -in -selection clipboard`, 'sh', text);
    await eventually(() => client.clipboard.includes(text));
    await rig.call('DELETE', '/applications/copy', ['operate']);
    client.copy(`${text} back`);
    await eventually(async () => (await onDisplay(rig, 'xclip', '-out', '-selection', 'clipboard').catch(() => '')) === `${text} back`);
  });

  test('counts browsers but not the probe, and says when the last one left', async () => {
    const rig = start();
    const probe = await RfbClient.connect(await rig.webSocket('/display', ['operate', 'view']));
    const browser = await RfbClient.connect(await rig.webSocket('/display', ['control']));
    expect(await rig.status()).toMatchObject({ display: 'answering', connections: 1, lastDisconnectedAt: null });
    browser.close();
    await eventually(async () => (await rig.status()).connections === 0);
    expect(Date.parse((await rig.status()).lastDisconnectedAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect(probe.closed).toBeUndefined();
  });

  test('takes a bounded number of browsers and says so to the next', async () => {
    const rig = start();
    const sockets = await Promise.all(Array.from({ length: 32 }, () => rig.webSocket('/display', ['view'])));
    await expect(rig.webSocket('/display', ['view'])).rejects.toThrow('503');
    await expect(rig.webSocket('/display', ['operate', 'view'])).resolves.toBeDefined();
    sockets[0]?.terminate();
    await eventually(() => rig.webSocket('/display', ['view']).catch(() => undefined));
  });
});

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
    const one = await windowOf(rig, 'one');
    expect(one).toMatchObject({ title: 'Fenster ü 世界', class: 'XTerm', application: 'one' });
    await rig.launch('two', 'xclock');
    const two = await windowOf(rig, 'two');
    expect((await rig.call('POST', `/windows/${one.id}/activate`, ['control'])).status).toBe(204);
    await eventually(async () => (await windowsOf(rig)).find((window) => window.id === one.id)?.active);
    expect((await rig.call('POST', `/windows/${two.id}/close`, ['control'])).status).toBe(204);
    await rig.application('two', 'exited');
    const isOne = (event: DesktopEvent) => event.type === 'windows' && event.items.length === 1 && event.items[0]?.active;
    await eventually(() => events.some(isOne));
    expect(events.filter(({ type }) => type === 'applications').length).toBeGreaterThan(0);
  });

  test('belong to their application even when a process of it that left its group opened them', async () => {
    const rig = start();
    await rig.launch('outer', 'sh', '-c', 'setsid -f xclock; sleep 60');
    expect(await windowOf(rig, 'outer')).toMatchObject({ class: 'XClock' });
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

describe('applications', () => {
  test('run, take what is typed, and tell their exit code and output', async () => {
    const rig = start();
    await rig.launch('shell', 'xterm');
    const { id } = await windowOf(rig, 'shell');
    await rig.call('POST', `/windows/${id}/activate`, ['control']);
    await eventually(async () => (await windowsOf(rig))[0]?.active);
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
    await eventually(() => !processesOf(rig).some(({ environment }) => environment.has('DESKHAND_APPLICATION=stubborn')));
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

describe('the end', () => {
  test('by SIGTERM is clean and leaves no process', async () => {
    const rig = start();
    const socket = await rig.webSocket('/display', ['view']);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    await rig.launch('stubborn', 'sh', '-c', "trap '' TERM; setsid -f env -i sleep 300; while :; do sleep 1; done");
    await rig.launch('clock', 'xclock');
    await windowOf(rig, 'clock');
    expect(processesOf(rig).length).toBeGreaterThan(4);
    rig.process.kill('SIGTERM');
    expect(await closed).toBe(1001);
    expect(await rig.exit()).toBe(0);
    expect(processesOf(rig)).toEqual([]);
  });

  test('of the X server ends the agent, which says so first', async () => {
    const rig = start();
    await rig.webSocket('/display', ['view']);
    await rig.launch('clock', 'xclock');
    await windowOf(rig, 'clock');
    const stream = rig.call('GET', '/status/stream', ['operate']);
    const server = processesOf(rig).find(({ pid }) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'Xvnc\n');
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
    expect(processesOf(rig)).toEqual([]);
  });

  test('of the window manager is repaired', async () => {
    const rig = start();
    const manager = () => processesOf(rig).find(({ pid }) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'openbox\n')?.pid;
    const first = await eventually(manager);
    process.kill(first, 'SIGKILL');
    await eventually(() => manager() !== undefined && manager() !== first);
    await rig.launch('clock', 'xclock');
    await windowOf(rig, 'clock');
  });

  test.each([
    ['a program that is missing', { environment: { PATH: '/nowhere' } }, 'PROGRAM_MISSING', 'Xvnc'],
    ['an address of somebody else', { change: { listen: { host: '192.0.2.1', port: 1 } } }, 'CONFIGURATION_INVALID', '192.0.2.1'],
  ])('before the start has a cause: %s', async (_name, given: { change?: object; environment?: NodeJS.ProcessEnv }, code, word) => {
    const rig = start(given.change, given.environment);
    expect(await rig.exit()).toBe(71);
    expect(rig.failure).toMatchObject({ code, detail: expect.stringContaining(word) });
    expect(processesOf(rig)).toEqual([]);
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
    const manager = await eventually(() => processesOf(rig).find(({ pid }) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'openbox\n'));
    // Makes it write to the closed pipe.
    process.kill(manager.pid, 'SIGKILL');
    await eventually(() =>
      processesOf(rig).some(({ pid }) => pid !== manager.pid && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'openbox\n'),
    );
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
