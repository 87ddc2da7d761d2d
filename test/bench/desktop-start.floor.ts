/** The floor of a desktop's start: Xvnc and openbox started by hand, and nothing else, until an RFB handshake has succeeded. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilDisplayAnswers } from './rfb-handshake.js';

const TIMEOUT_MS = 30_000;

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
    await untilDisplayAnswers({ path }, AbortSignal.timeout(TIMEOUT_MS));
    return performance.now() - started;
  } finally {
    openbox?.kill('SIGKILL');
    xvnc.kill('SIGTERM');
    await once(xvnc, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}
