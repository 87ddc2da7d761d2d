/** The local runtime keeps the contract of runtimes, with the real agent, Xvnc and openbox. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalRuntime } from '../../libs/runtime/src/local/local-runtime.js';
import { processesOf } from '../support/processes.js';
import { runtimeContract } from './runtime.contract.js';

runtimeContract('local', async () => {
  const data = mkdtempSync(join(tmpdir(), 'deskhand-runtime-'));
  const make = () => new LocalRuntime({ data, firstUid: 200_000 });
  const runtime = make();
  return {
    runtime,
    another: async () => make(),
    crashDisplay: async ({ desktop, run }) => {
      const [display] = processesOf(desktop, run).filter(({ command }) => command.includes('Xvnc'));
      execFileSync('kill', ['-9', String(display!.pid)]);
    },
    dispose: async () => {
      await runtime.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
});
