/** The pieces of `npm start`: what it refuses, what it finds missing, what it would type, and how it hands over. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isBuilt, sourceStamp } from './build.mjs';
import { arePackagesInstalled } from './packages.mjs';
import { unsuitability } from './platform.mjs';
import { installCommand, managerOf, missingPrograms, PROGRAMS } from './programs.mjs';
import { run } from './run.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskhand-start-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe('where it works', () => {
  test.each([
    ['linux', '18.0.0', undefined],
    ['linux', '24.21.0', undefined],
    ['linux', '16.20.2', /^npm start needs Node 18/],
    ['darwin', '24.0.0', /need Linux .* this is darwin/],
    ['win32', '24.0.0', /WSL2/],
  ])('%s with Node %s', (platform, node, sentence) => {
    const reason = unsuitability({ platform, versions: { node } });
    if (sentence === undefined) expect(reason).toBeUndefined();
    else expect(reason).toMatch(sentence);
  });
});

describe('programs', () => {
  test('are looked for by name on the PATH, and must be runnable', () => {
    for (const { program } of PROGRAMS) chmodSync(put(`bin/${program}`, ''), 0o755);
    chmodSync(join(folder, 'bin/openbox'), 0o644);
    rmSync(join(folder, 'bin/galculator'));
    const missing = missingPrograms(PROGRAMS, `/nowhere::${join(folder, 'bin')}`);
    expect(missing.map(({ program, isNeeded }) => [program, isNeeded])).toEqual([
      ['openbox', true],
      ['galculator', false],
    ]);
  });

  test.each([
    ['ID=debian\nVERSION_ID="12"', 'apt', 'sudo apt-get install -y --no-install-recommends tigervnc-standalone-server openbox'],
    ['NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"', 'apt', 'sudo apt-get install -y --no-install-recommends tigervnc'],
    ['ID=fedora', 'dnf', 'sudo dnf install -y tigervnc-server openbox'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'dnf', 'sudo dnf install -y tigervnc-server openbox'],
    ['ID=endeavouros\nID_LIKE=arch', 'pacman', 'sudo pacman -S --needed --noconfirm tigervnc openbox'],
    ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', 'zypper', 'sudo zypper --non-interactive install xorg-x11-Xvnc openbox'],
    ['ID=nixos', undefined, "your distribution's packages of: Xvnc, openbox"],
    ['', undefined, "your distribution's packages of: Xvnc, openbox"],
  ])('%j is installed with %s', (osRelease, manager, command) => {
    expect(managerOf(osRelease)).toBe(manager);
    expect(installCommand(PROGRAMS, manager)).toContain(command);
  });
});

describe('npm packages', () => {
  const lock = (packages: object) => JSON.stringify({ packages });
  const a = { 'node_modules/a': { version: '1.0.0', integrity: 'x' } };
  const node = () => put('node_modules/.bin/node', '');

  test('are there when npm installed what the lock file asks for; other platforms may lack', () => {
    put('package-lock.json', lock({ '': {}, ...a, 'node_modules/other-platform': { version: '1.0.0', integrity: 'y', optional: true } }));
    put('node_modules/.package-lock.json', lock(a));
    node();
    expect(arePackagesInstalled(folder)).toBe(true);
  });

  test.each([
    ['another version', { 'node_modules/a': { version: '1.0.1', integrity: 'x' } }],
    ['another content', { 'node_modules/a': { version: '1.0.0', integrity: 'z' } }],
    ['one more', { ...a, 'node_modules/b': { version: '1.0.0', integrity: 'x' } }],
  ])('%s in the lock file is not there', (_title, wanted) => {
    put('package-lock.json', lock(wanted));
    put('node_modules/.package-lock.json', lock(a));
    node();
    expect(arePackagesInstalled(folder)).toBe(false);
  });

  test('a fresh clone, an interrupted installation and a missing Node are not there', () => {
    put('package-lock.json', lock(a));
    expect(arePackagesInstalled(folder)).toBe(false);
    put('node_modules/.package-lock.json', '{');
    node();
    expect(arePackagesInstalled(folder)).toBe(false);
    put('node_modules/.package-lock.json', lock(a));
    rmSync(join(folder, 'node_modules/.bin/node'));
    expect(arePackagesInstalled(folder)).toBe(false);
  });
});

describe('the build', () => {
  test('is due after any change of a source, and not after a change of a spec', () => {
    const source = put('libs/a/src/a.ts', 'a');
    put('apps/one/src/main.ts', 'b');
    const first = sourceStamp(folder);
    put('libs/a/src/a.spec.ts', 'c');
    put('libs/a/node_modules/b/index.js', 'd');
    expect(sourceStamp(folder)).toBe(first);
    utimesSync(source, 1, 1);
    const touched = sourceStamp(folder);
    expect(touched).not.toBe(first);
    put('libs/a/src/new.ts', '');
    expect(sourceStamp(folder)).not.toBe(touched);
  });

  test('is due while an output is missing', () => {
    put('dist/.stamp', sourceStamp(folder));
    expect(isBuilt(folder)).toBe(false);
    for (const output of ['server/api.mjs', 'server/standalone.mjs', 'agent/agent.mjs', 'gateway/gateway.mjs', 'website/index.html'])
      put(`dist/${output}`, '');
    expect(isBuilt(folder)).toBe(true);
    put('apps/one/src/main.ts', 'b');
    expect(isBuilt(folder)).toBe(false);
  });
});

describe('other programs', () => {
  const node = (script: string, timeoutMs = 20_000) => run(process.execPath, ['-e', script], { timeoutMs });

  test('give their code and all their output', async () => {
    expect(await node('console.log(1); console.error(2); process.exitCode = 3')).toMatchObject({ ok: false, code: 3, output: '1\n2\n' });
  });

  test('that are not there, or take too long, are failures and no exceptions', async () => {
    expect(await run('/nowhere/program', [], { timeoutMs: 1_000 })).toMatchObject({ ok: false, code: 127 });
    expect(await node('setInterval(() => {}, 1000)', 300)).toMatchObject({
      ok: false,
      code: 137,
      output: expect.stringContaining('longer than 0.3 s'),
    });
  });
});

describe('a step that is interrupted', () => {
  const step = `process.on('SIGINT', () => setTimeout(() => { console.log('tidy'); process.exit(1); }, 500));
    process.on('SIGTERM', () => { console.log('tidy'); process.exit(1); }); setInterval(() => {}, 1000); console.log('up');`;

  test.each([
    ['Ctrl-C', 'SIGINT', 130],
    ['kill', 'SIGTERM', 143],
  ] as const)('with %s tidies up before the start ends', async (_title, signal, code) => {
    const runModule = fileURLToPath(new URL('run.mjs', import.meta.url));
    const script = `import { run } from ${JSON.stringify(runModule)};
      await run(process.execPath, ['-e', ${JSON.stringify(step)}], { timeoutMs: 20_000, show: true }); console.log('went on');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    let output = '';
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      // As the terminal does it: a Ctrl-C goes to everybody in the foreground.
      if (text.includes('up')) process.kill(signal === 'SIGINT' ? -(child.pid ?? 0) : (child.pid ?? 0), signal);
    });
    expect(await ended).toBe(code);
    expect(output).toBe('up\ntidy\n');
  });
});

describe('the server in the foreground', () => {
  /** Runs a server through `serve`, gives it signals once it is up, and tells how it ended. */
  async function serveAndSignal(
    server: string,
    signals: readonly [NodeJS.Signals, number][],
  ): Promise<{ code: number | null; output: string }> {
    const runModule = fileURLToPath(new URL('run.mjs', import.meta.url));
    const script = `import { attempt, serve } from ${JSON.stringify(runModule)}; attempt(() => serve(process.execPath, ['-e', ${JSON.stringify(server)}]));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    const up = Promise.withResolvers<void>();
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('up')) up.resolve();
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    if (signals.length > 0) await up.promise;
    for (const [signal, afterMs] of signals) {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      child.kill(signal);
    }
    return { code: await ended, output };
  }
  const waiting = "setInterval(() => {}, 1000); console.log('up');";

  test('its exit code is the exit code', async () => {
    expect((await serveAndSignal('process.exit(7)', [])).code).toBe(7);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s reaches it, and it ends in its own way', async (signal) => {
    const server = `process.on('${signal}', () => { console.log('bye'); process.exit(0); }); ${waiting}`;
    expect(await serveAndSignal(server, [[signal, 0]])).toEqual({ code: 0, output: 'up\nbye\n' });
  });

  test('one Ctrl-C that arrives twice ends it in its own way', async () => {
    const server = `process.on('SIGINT', () => setTimeout(() => process.exit(0), 200)); ${waiting}`;
    expect(
      (
        await serveAndSignal(server, [
          ['SIGINT', 0],
          ['SIGINT', 20],
        ])
      ).code,
    ).toBe(0);
  });

  test('a second Ctrl-C forces the end', async () => {
    const server = `process.on('SIGINT', () => {}); ${waiting}`;
    expect(
      (
        await serveAndSignal(server, [
          ['SIGINT', 0],
          ['SIGINT', 1_500],
        ])
      ).code,
    ).toBe(137);
  });
});
