/** The floor of a desktop's start: Xvnc and openbox started by hand, and nothing else, until an RFB handshake has succeeded. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** @returns milliseconds from the first spawn to ServerInit */
export async function startByHand(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'deskhand-floor-'));
  const path = join(folder, 'rfb');
  const started = performance.now();
  const xvnc = spawn(
    'Xvnc',
    [
      '-displayfd',
      '3',
      '-geometry',
      '1280x800',
      '-SecurityTypes',
      'None',
      '-rfbunixpath',
      path,
      '-rfbport',
      '-1',
      '-UseBlacklist=0',
      '-AlwaysShared',
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  );
  let openbox: ChildProcess | undefined;
  (xvnc.stdio[3] as NodeJS.ReadableStream).once('data', (number: Buffer) => {
    openbox = spawn('openbox', { stdio: 'ignore', env: { ...process.env, DISPLAY: `:${number.toString().trim()}` } });
  });
  try {
    while (!existsSync(path)) await pause(1);
    await shakeHands(await connected(path));
    return performance.now() - started;
  } finally {
    openbox?.kill('SIGKILL');
    xvnc.kill('SIGTERM');
    await once(xvnc, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function connected(path: string): Promise<Socket> {
  for (;;) {
    const socket = createConnection(path);
    try {
      await once(socket, 'connect');
      return socket;
    } catch {
      await pause(1);
    }
  }
}

async function shakeHands(socket: Socket): Promise<void> {
  const answers: readonly (readonly [bytes: number, answer: Buffer])[] = [
    [12, Buffer.from('RFB 003.008\n')],
    [2, Buffer.from([1])],
    [4, Buffer.from([1])],
    [24, Buffer.alloc(0)],
  ];
  let received = Buffer.alloc(0);
  for (const [bytes, answer] of answers) {
    while (received.length < bytes) received = Buffer.concat([received, (await once(socket, 'data'))[0] as Buffer]);
    received = received.subarray(bytes);
    socket.write(answer);
  }
  socket.destroy();
}
