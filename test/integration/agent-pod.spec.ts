/** Holds the bundled agent to what docs/agent-protocol.md says of a display that its caller has prepared, as in a pod, with the real X server. */
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { authorityEntry } from '#libs/display';
import { agentRigs, eventually, freeDisplayNumber, X_PORT } from '../support/agent-rig.js';

const start = agentRigs();
const isRoot = process.getuid?.() === 0;

/** What the pod mounts, and who may do what with it. */
let mounts = '';
beforeEach(() => {
  mounts = mkdtempSync(join(tmpdir(), 'deskhand-mounts-'));
  chmodSync(mounts, 0o755);
});
afterEach(() => rmSync(mounts, { recursive: true }));

function mounted(name: string, content: Uint8Array | string, mode = 0o440): string {
  const file = join(mounts, name);
  writeFileSync(file, content);
  // Files of a Secret belong to root and to the group of the pod.
  if (isRoot) chownSync(file, 0, 65_534);
  chmodSync(file, mode);
  return file;
}

const authority = (name = 'Xauthority', fill = 7): string => mounted(name, authorityEntry(Buffer.alloc(16, fill)));

/** Rejects when the display lets nobody in with this key. */
const askOverTcp = (display: number, key: string) =>
  promisify(execFile)('xdpyinfo', ['-display', `127.0.0.1:${display}`], {
    env: { PATH: process.env.PATH, XAUTHORITY: key },
    timeout: 10_000,
  });

describe('a display that was prepared', () => {
  test('has the given number and lets those in over TCP who have the given key, and nobody else', async () => {
    const [authorityFile, displayNumber] = [authority(), await freeDisplayNumber()];
    const rig = start({ authorityFile, displayNumber, listenTcp: true }, {}, isRoot ? 65_534 : undefined);
    await rig.webSocket('/display', ['control']);
    expect(await rig.displayAccess()).toMatchObject({ name: `:${displayNumber}`, authority: authorityFile });
    expect((await askOverTcp(displayNumber, authorityFile)).stdout).toContain('800x600 pixels');
    for (const key of ['/dev/null', authority('other', 8)])
      await expect(askOverTcp(displayNumber, key)).rejects.toThrow(/unable to open display/);
    expect(readFileSync(authorityFile)).toEqual(authorityEntry(Buffer.alloc(16, 7)));
    expect(() => statSync(join(rig.configuration.folder, 'Xauthority'))).toThrow('ENOENT');
  });

  test('has no TCP port unless it was asked for one', async () => {
    const displayNumber = await freeDisplayNumber();
    const rig = start({ authorityFile: authority(), displayNumber });
    await rig.webSocket('/display', ['control']);
    await new Promise<void>((resolve, reject) => {
      const server = createServer();
      server.once('error', reject).listen({ port: X_PORT + displayNumber }, () => server.close(() => resolve()));
    });
  });
});

describe('the failure file of the caller', () => {
  const failureOf = (file: string): { code: string; detail: string } => {
    expect(statSync(file).size).toBeLessThanOrEqual(4096);
    return JSON.parse(readFileSync(file, 'utf8'));
  };

  test('is written in place when the display ends', async () => {
    const failureFile = mounted('termination-log', 'x'.repeat(5000), 0o666);
    const { ino } = statSync(failureFile);
    const rig = start({ failureFile }, {}, isRoot ? 65_534 : undefined);
    await rig.webSocket('/display', ['view']);
    process.kill(rig.processNamed('Xvnc')?.pid ?? 0, 'SIGKILL');
    expect(await rig.exit()).toBe(70);
    expect(failureOf(failureFile)).toEqual(rig.failure);
    expect(rig.failure).toEqual({ code: 'DISPLAY_ENDED', detail: expect.stringContaining('Xvnc ended with SIGKILL') });
    expect(statSync(failureFile).ino).toBe(ino);
  });

  test('says that the display number is taken, and whose it is keeps it', async () => {
    const [displayNumber, failureFile, authorityFile] = [await freeDisplayNumber(), mounted('log', '', 0o666), authority()];
    const first = start({ displayNumber, authorityFile, listenTcp: true });
    await first.webSocket('/display', ['view']);
    const second = start({ displayNumber, authorityFile, failureFile });
    expect(await second.exit()).toBe(71);
    expect(failureOf(failureFile)).toEqual({ code: 'DISPLAY_FAILED', detail: expect.stringContaining(`Xvnc ended with exit code`) });
    expect((await first.status()).display).toBe('answering');
    expect((await askOverTcp(displayNumber, authorityFile)).stdout).toContain('800x600 pixels');
  });

  test('says that the TCP port of the display is taken', async () => {
    const [displayNumber, failureFile] = [await freeDisplayNumber(), mounted('log', '', 0o666)];
    const other = createServer();
    await new Promise<void>((resolve) => other.listen({ port: X_PORT + displayNumber }, resolve));
    const rig = start({ displayNumber, failureFile, listenTcp: true });
    expect(await rig.exit()).toBe(71);
    expect(failureOf(failureFile).code).toBe('DISPLAY_FAILED');
    await new Promise((resolve) => other.close(resolve));
  });

  test.each([
    ['is not there', () => join(mounts, 'nothing'), 'ENOENT'],
    ['holds something else', () => mounted('Xauthority', 'a key of another kind'), 'no X authority'],
    ['has a very long name', () => `/${'n'.repeat(200)}`.repeat(40), 'ENAMETOOLONG'],
  ])('says that the authority file %s', async (_name, file, words) => {
    const failureFile = mounted('log', '', 0o666);
    const rig = start({ authorityFile: file(), failureFile });
    expect(await rig.exit()).toBe(71);
    expect(failureOf(failureFile).code).toBe('CONFIGURATION_INVALID');
    expect(rig.output).toContain(words);
  });

  test('stays empty when the end was asked for', async () => {
    const failureFile = mounted('log', '', 0o666);
    const rig = start({ failureFile });
    await eventually(async () => (await rig.status()).display === 'answering');
    rig.process.kill('SIGTERM');
    expect(await rig.exit()).toBe(0);
    expect(readFileSync(failureFile, 'utf8')).toBe('');
  });
});
