/** Holds the bundled agent to what docs/agent-protocol.md says of launches that somebody else starts, with real processes and windows. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readProcess } from '../../libs/display/src/process-table.js';
import { type AgentRig, agentRigs, eventually, freeDisplayNumber } from '../support/agent-rig.js';

const start = agentRigs();
const container = { application: 'editor', place: 'container' };
const pods: ChildProcess[] = [];

afterEach(() => {
  for (const pod of pods.splice(0)) pod.kill('SIGKILL');
});

/** Exit code or signal. */
const endOf = async (child: ChildProcess) => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode;
};

describe('a launch in a container', () => {
  test('runs from its first process on until the last is gone, whichever came first', async () => {
    const rig = start();
    expect((await rig.announce('a', container)).status).toBe(202);
    expect((await rig.status()).applications).toEqual([{ id: 'a', application: 'editor', place: 'container', status: 'starting' }]);
    const first = await rig.container('a', 'sh', '-c', 'setsid -f sh -c "echo \\$\\$ > heir; exec sleep 300"; read _ < gate');
    await rig.application('a', 'running');
    const heir = Number(await eventually(() => textOf(rig, 'heir')));
    first.kill('SIGKILL');
    await endOf(first);
    // Another one comes and goes meanwhile: so the agent has looked, and more than once.
    await rig.announce('b', container);
    const other = await rig.container('b', 'sleep', '300');
    await rig.application('b', 'running');
    other.kill();
    await rig.application('b', 'exited');
    expect((await rig.status()).applications[0]).toMatchObject({ id: 'a', status: 'running' });
    process.kill(heir, 'SIGKILL');
    expect(await rig.application('a', 'exited')).toEqual({ id: 'a', application: 'editor', place: 'container', status: 'exited' });
  });

  test('has the windows of its processes, also of one that came before the announcement', async () => {
    const rig = start();
    await rig.container('early', 'xclock');
    await eventually(async () => (await rig.windows()).length === 1);
    expect((await rig.windows())[0]).not.toHaveProperty('application');
    await rig.announce('early', container);
    await rig.windowOf('early');
    await rig.application('early', 'running');
    await rig.announce('late', container);
    await rig.container('late', 'xterm');
    expect(await rig.windowOf('late')).toMatchObject({ class: 'XTerm' });
    await rig.application('late', 'running');
  });

  test('is ended with all its processes, by TERM if they obey', async () => {
    const rig = start();
    await rig.announce('a', container);
    const child = await rig.container('a', 'sh', '-c', 'trap "echo term > heard; exit 7" TERM; echo > ready; while :; do sleep 0.05; done');
    await eventually(() => textOf(rig, 'ready'));
    await rig.application('a', 'running');
    expect((await rig.stop('a')).status).toBe(202);
    expect(await endOf(child)).toBe(7);
    expect(textOf(rig, 'heard')).toBe('term\n');
    await rig.application('a', 'exited');
    expect((await rig.stop('a')).status).toBe(202);
  });

  test('is ended by KILL if it does not obey', async () => {
    const rig = start();
    await rig.announce('a', container);
    const script =
      'trap "echo term > heard" TERM; setsid env -i sh -c "trap : TERM; echo \\$\\$ > child; while :; do sleep 1; done" & while :; do sleep 0.05; done';
    const child = await rig.container('a', 'sh', '-c', script);
    await rig.application('a', 'running');
    const other = Number(await eventually(() => textOf(rig, 'child')));
    await rig.stop('a');
    await rig.application('a', 'stopping', 'exited');
    expect(await endOf(child)).toBe('SIGKILL');
    expect(textOf(rig, 'heard')).toBe('term\n');
    await rig.application('a', 'exited');
    expect(readProcess(other)).toBeUndefined();
  });

  test('that was stopped before it came is ended as soon as it comes', async () => {
    const rig = start();
    await rig.announce('a', container);
    expect((await rig.stop('a')).status).toBe(202);
    expect((await rig.status()).applications).toMatchObject([{ id: 'a', status: 'stopping' }]);
    expect(await endOf(await rig.container('a', 'sleep', '300'))).toBe('SIGTERM');
    await rig.application('a', 'exited');
  });

  test('ends with the desktop', async () => {
    const rig = start();
    await rig.announce('a', container);
    const child = await rig.container('a', 'sleep', '300');
    await rig.application('a', 'running');
    rig.process.kill('SIGTERM');
    expect(await endOf(child)).toBe('SIGTERM');
    expect(await rig.exit()).toBe(0);
  });
});

describe('an announcement', () => {
  test('is one launch however often and however its id comes', async () => {
    const rig = start();
    for (const body of [container, container, { application: 'other', place: 'pod', machine: 'm' }])
      expect((await rig.announce('a', body)).status).toBe(202);
    expect((await rig.launch('a', 'sleep', '300')).status).toBe(202);
    await rig.launch('b', 'sleep', '300');
    expect((await rig.announce('b', container)).status).toBe(202);
    const applications = (await rig.status()).applications.map(({ id, application, place }) => [id, application, place]);
    expect(applications.sort()).toEqual([
      ['a', 'editor', 'container'],
      ['b', 'sleep', undefined],
    ]);
    expect(JSON.parse((await rig.call('GET', '/applications/a/log', ['operate'])).body)).toMatchObject({
      ...{ code: 'APPLICATION_NOT_FOUND', detail: expect.stringContaining('Whoever started') },
    });
  });

  test.each([
    ['a', {}, ['application', 'place']],
    ['a', { application: '', place: 'cellar', machine: 'm', extra: 1 }, ['application', 'extra', 'place']],
    ['a', { application: 'x', place: 'pod' }, ['machine']],
    ['a', { application: 'x', place: 'pod', machine: 'a b' }, ['machine']],
    ['a', { application: 'x', place: 'container', machine: 'm' }, ['machine']],
    ['a%20b', container, ['id']],
  ])('is refused with the fields at fault: %s %j', async (id, body, fields) => {
    const rig = start();
    const answer = JSON.parse((await rig.announce(id, body)).body);
    expect([answer.code, Object.keys(answer.fields).sort()]).toEqual(['INVALID_REQUEST', fields]);
    expect((await rig.status()).applications).toEqual([]);
  });

  test('is refused beyond 256 at once', async () => {
    const rig = start();
    for (let count = 0; count < 256; count++) await rig.announce(`p${count}`, { application: 'x', place: 'pod', machine: `m${count}` });
    const pod = { application: 'x', place: 'pod', machine: 'm' };
    expect(JSON.parse((await rig.announce('more', pod)).body).code).toBe('APPLICATION_LIMIT_REACHED');
    await rig.stop('p7');
    expect((await rig.announce('more', pod)).status).toBe(202);
  });
});

describe.runIf(process.getuid?.() === 0)('a launch in a pod', () => {
  /** Runs an X client that shares neither process namespace nor machine name with the desktop, but its display over TCP. */
  function startPod(rig: AgentRig, machine: string, command: string, ...argv: string[]): ChildProcess {
    const { displayNumber, authorityFile, home } = rig.configuration;
    const script = 'hostname "$0" && exec "$@"';
    const pod = spawn('unshare', ['--uts', 'sh', '-c', script, machine, command, '-display', `127.0.0.1:${displayNumber}`, ...argv], {
      ...{ cwd: home, stdio: 'ignore', env: { PATH: process.env.PATH, HOME: home, XAUTHORITY: authorityFile } },
    });
    pods.push(pod);
    return pod;
  }

  async function startRig(): Promise<AgentRig> {
    const rig: AgentRig = start({ listenTcp: true, displayNumber: await freeDisplayNumber() });
    await rig.webSocket('/display', ['view']);
    Object.assign(rig.configuration, { authorityFile: join(rig.configuration.folder, 'Xauthority') });
    return rig;
  }

  const pod = (machine: string) => ({ application: 'x', place: 'pod', machine });

  test('runs from its first window on, which carries it, and is closed politely', async () => {
    const rig = await startRig();
    await rig.announce('a', pod('app-a'));
    await rig.announce('b', pod('app-b'));
    const child = startPod(
      rig,
      'app-a',
      'xterm',
      '-T',
      'Title',
      '-e',
      'sh',
      '-c',
      'trap "echo hup > heard; exit" HUP; while :; do sleep 0.05; done',
    );
    expect(await rig.windowOf('a')).toMatchObject({ title: 'Title', class: 'XTerm' });
    expect((await rig.status()).applications.map(({ status }) => status)).toEqual(['running', 'starting']);
    expect((await rig.stop('a')).status).toBe(202);
    expect(await endOf(child)).toBe(0);
    await eventually(() => textOf(rig, 'heard'));
    expect(await rig.application('a', 'exited')).toEqual({ id: 'a', application: 'x', place: 'pod', status: 'exited' });
    expect(await rig.windows()).toEqual([]);
  });

  test('goes on without a window, and has its next one', async () => {
    const rig = await startRig();
    await rig.announce('a', pod('app-a'));
    const first = startPod(rig, 'app-a', 'xclock');
    await rig.windowOf('a');
    first.kill();
    await eventually(async () => (await rig.windows()).length === 0);
    expect((await rig.status()).applications).toMatchObject([{ status: 'running' }]);
    startPod(rig, 'app-a', 'xclock');
    await rig.windowOf('a');
  });

  test('has the window that came before the announcement', async () => {
    const rig = await startRig();
    startPod(rig, 'app-a', 'xclock');
    await eventually(async () => (await rig.windows()).length === 1);
    await rig.announce('a', pod('app-a'));
    expect(await rig.windowOf('a')).toMatchObject({ title: 'xclock' });
    await rig.application('a', 'running');
  });

  test('is over at once when it is stopped before it has a window', async () => {
    const rig = await startRig();
    await rig.announce('a', pod('app-a'));
    await rig.stop('a');
    expect((await rig.status()).applications).toMatchObject([{ status: 'exited' }]);
  });

  test('is not taken for a launch of this machine whose process has the number that its window claims', async () => {
    const rig = await startRig();
    await rig.launch('victim', 'sh', '-c', 'echo $$ > number; exec sleep 300');
    const number = (await eventually(() => textOf(rig, 'number'))).trim();
    startPod(rig, 'stranger', 'xclock');
    const [window] = await eventually(async () => {
      const windows = await rig.windows();
      return windows.length === 1 && windows;
    });
    const id = window?.id ?? '';
    await rig.onDisplay('xprop', '-id', id, '-f', '_NET_WM_PID', '32c', '-set', '_NET_WM_PID', number);
    // Whose it is is found out again, and after that the new title is read.
    await rig.announce('other', pod('app-other'));
    await rig.onDisplay('xprop', '-id', id, '-f', '_NET_WM_NAME', '8u', '-set', '_NET_WM_NAME', 'renamed');
    const renamed = await eventually(async () => (await rig.windows()).find(({ title }) => title === 'renamed'));
    expect(renamed).not.toHaveProperty('application');
  });
});

function textOf(rig: AgentRig, name: string): string | undefined {
  const file = join(rig.configuration.home, name);
  return existsSync(file) ? readFileSync(file, 'utf8') || undefined : undefined;
}
