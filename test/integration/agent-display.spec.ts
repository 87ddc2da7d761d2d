/** Holds the bundled agent to what docs/agent-protocol.md says about the display, with the real X server. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agentRigs, eventually } from '../support/agent-rig.js';
import { RfbClient } from '../support/rfb-client.js';

const start = agentRigs();

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
    const listeners = ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFileSync(file, 'utf8')).join('');
    const inodes = new Set(
      listeners.split('\n').flatMap((line) => (line.trim().split(/\s+/)[3] === '0A' ? [line.trim().split(/\s+/)[9]] : [])),
    );
    const sockets = rig.processes().flatMap(({ pid }) => socketsOf(pid));
    expect(sockets.length).toBeGreaterThan(0);
    expect(sockets.filter((name) => inodes.has(name.slice(8, -1)))).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)('needs nothing of root', async () => {
    const rig = start({}, {}, 65_534);
    const client = await RfbClient.connect(await rig.webSocket('/display', ['control']));
    expect(client.width).toBe(800);
    await rig.launch('who', 'xterm', '-e', 'sh', '-c', 'id -u > who; sleep 60');
    expect(await rig.windowOf('who')).toMatchObject({ class: 'XTerm' });
    await eventually(() => statSync(join(rig.configuration.home, 'who'), { throwIfNoEntry: false })?.size);
    expect(readFileSync(join(rig.configuration.home, 'who'), 'utf8')).toBe('65534\n');
    rig.process.kill('SIGTERM');
    expect(await rig.exit()).toBe(0);
    expect(rig.processes()).toEqual([]);
  });

  test('refuses X clients without its key', async () => {
    const rig = start();
    await rig.webSocket('/display', ['control']);
    const name = await rig.onDisplay('sh', '-c', 'printf %s "$DISPLAY"');
    expect(() =>
      execFileSync('xdpyinfo', ['-display', name], { env: { PATH: process.env.PATH, XAUTHORITY: '/dev/null' }, stdio: 'pipe' }),
    ).toThrow(/unable to open display/);
  });

  test('drops the input of those who may only watch, and still shows them everything', async () => {
    const rig = start();
    const viewer = await RfbClient.connect(await rig.webSocket('/display', ['view']));
    const actor = await RfbClient.connect(await rig.webSocket('/display', ['control']));
    actor.pointer(300, 200);
    await eventually(async () => (await rig.onDisplay('xdotool', 'getmouselocation')).startsWith('x:300 y:200'));
    viewer.pointer(10, 10);
    viewer.key(0x61);
    viewer.copy('nothing');
    viewer.refresh();
    await eventually(() => viewer.updates.length > 0);
    expect(await rig.onDisplay('xdotool', 'getmouselocation')).toMatch(/^x:300 y:200/);
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
    // Sent before it can know that it was refused.
    garbage.refresh();
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
    await eventually(async () => (await rig.onDisplay('xclip', '-out', '-selection', 'clipboard').catch(() => '')) === `${text} back`);
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

/** Whatever ends or is closed meanwhile has none any more. @returns `socket:[inode]` of each */
function socketsOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return unlessGone(() => readdirSync(folder)).flatMap((name) =>
    unlessGone(() => [readlinkSync(join(folder, name))]).filter((to) => to.startsWith('socket:')),
  );
}

function unlessGone(read: () => string[]): string[] {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
