/** The local runtime keeps the contract of runtimes, with the real agent, Xvnc and openbox. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LocalRuntime } from '../../libs/runtime/src/local/local-runtime.js';
import { eventually } from '../support/eventually.js';
import { processesOf } from '../support/processes.js';
import { runtimeContract } from './runtime.contract.js';

runtimeContract('local', async () => {
  const data = mkdtempSync(join(tmpdir(), 'deskhand-runtime-'));
  const make = () => new LocalRuntime({ data });
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

describe.skipIf(process.getuid?.() !== 0)('the local runtime as root', () => {
  it('gives each desktop a user of its own', async () => {
    const data = mkdtempSync(join(tmpdir(), 'deskhand-runtime-'));
    const runtime = new LocalRuntime({ data });
    const targets = ['a', 'b'].map((letter) => ({ desktop: letter.repeat(26), run: 1 }));
    for (const target of targets) {
      await runtime.startDesktop({
        ...target,
        user: 'u'.repeat(26),
        userName: 'fry',
        profile: 'standard',
        home: target.desktop,
        secret: randomBytes(32),
        width: 640,
        height: 480,
      });
    }
    const owners = await eventually(() => {
      const displays = targets.map(({ desktop, run }) => processesOf(desktop, run).filter(({ command }) => command.includes('Xvnc')));
      return displays.map(([display]) => statSync(`/proc/${display!.pid}`).uid);
    });
    expect(new Set(owners).size).toBe(2);
    for (const uid of owners) expect(uid).toBeGreaterThanOrEqual(200_000);
    for (const target of targets) {
      await eventually(async () => {
        await runtime.stopDesktop(target);
        expect(await runtime.observe(target.desktop)).toStrictEqual({ status: 'known', runs: [] });
      });
    }
    await runtime.close();
    rmSync(data, { recursive: true, force: true });
  });

  it('ends what hid from the marks of the run', async () => {
    const data = mkdtempSync(join(tmpdir(), 'deskhand-runtime-'));
    const runtime = new LocalRuntime({ data });
    const target = { desktop: 'c'.repeat(26), run: 1 };
    await runtime.startDesktop({
      ...target,
      user: 'u'.repeat(26),
      userName: 'fry',
      profile: 'standard',
      home: target.desktop,
      secret: randomBytes(32),
      width: 640,
      height: 480,
    });
    await eventually(async () => expect(await runtime.observe(target.desktop)).toMatchObject({ runs: [{ phase: 'running' }] }));
    await runtime.startApplication({ ...target, id: 'h', application: 'hidden', command: ['setsid', '-f', 'env', '-i', 'sleep', '98765'] });
    const hidden = () => execFileSync('pgrep', ['-f', 'sleep 98765'], { encoding: 'utf8' }).trim();
    await eventually(() => expect(hidden()).not.toBe(''));
    await eventually(async () => {
      await runtime.stopDesktop(target);
      expect(await runtime.observe(target.desktop)).toStrictEqual({ status: 'known', runs: [] });
    });
    expect(hidden).toThrow();
    await runtime.close();
    rmSync(data, { recursive: true, force: true });
  });
});
