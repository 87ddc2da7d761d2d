/** What people and programs of a desktop may do to the local runtime's folders, and what it must not make of that. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ObservedRun } from '#libs/runtime';
import { LocalRuntime } from '../../libs/runtime/src/local/local-runtime.js';
import { eventually } from '../support/eventually.js';
import { processesOf } from '../support/processes.js';

const target = { desktop: 'abcdefghijklmnopqrstuvwxyz', run: 1 };
const spec = {
  ...target,
  user: 'u'.repeat(26),
  userName: 'fry',
  profile: 'standard',
  home: target.desktop,
  secret: randomBytes(32),
  width: 640,
  height: 480,
};
let data: string;
let runtime: LocalRuntime;
let folder: string;

const runs = async () => {
  const observed = await runtime.observe(target.desktop);
  return observed.status === 'known' ? observed.runs : observed.status;
};
const running = () => eventually(async () => expect(await runs()).toMatchObject([{ phase: 'running' }]));
const gone = () =>
  eventually(async () => {
    await runtime.stopDesktop(target);
    expect(await runs()).toStrictEqual([]);
  });
const killAgent = () => {
  const agent = processesOf(target.desktop, 1).find(({ command }) => command.includes('agent.json'));
  execFileSync('kill', ['-9', String(agent!.pid)]);
};

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'deskhand-runtime-'));
  runtime = new LocalRuntime({ data });
  folder = join(readlinkSync(join(data, 'runs')), `${target.desktop}-1`);
  await runtime.startDesktop(spec);
  await running();
});
afterEach(async () => {
  await gone();
  await runtime.close();
  rmSync(data, { recursive: true, force: true });
});

it('ends the processes of a run whose folder somebody removed', async () => {
  rmSync(folder, { recursive: true });
  const restarted = new LocalRuntime({ data });
  expect(await restarted.list()).toStrictEqual([target]);
  expect(await runs()).toMatchObject([{ phase: 'ended', cause: { code: 'DESKTOP_LOST' } }]);
  await gone();
  expect(processesOf(target.desktop, 1)).toStrictEqual([]);
  await restarted.close();
});

it('goes on when somebody removed the folder of all runs', async () => {
  rmSync(join(folder, '..'), { recursive: true });
  await gone();
  await runtime.startDesktop(spec);
  await running();
});

it('calls a desktop unknown, never ended, while it cannot read what it wrote about it', async () => {
  renameSync(join(folder, 'pid'), join(folder, 'kept'));
  mkdirSync(join(folder, 'pid'));
  expect(await runs()).toBe('unknown');
  rmdirSync(join(folder, 'pid'));
  renameSync(join(folder, 'kept'), join(folder, 'pid'));
  await running();
});

it('neither follows nor waits for what programs of the desktop put in the place of its files', async () => {
  const planted = join(data, 'planted');
  writeFileSync(planted, JSON.stringify({ code: 'STORE_LOCKED', detail: 'a secret' }));
  const own = join(folder, 'desktop');
  rmSync(join(own, 'address.json'));
  execFileSync('mkfifo', [join(own, 'address.json')]);
  symlinkSync(planted, join(own, 'failure.json'));
  symlinkSync(join(data, 'made'), join(own, 'stopping'));
  killAgent();
  await eventually(async () => expect(await runs()).toMatchObject([{ phase: 'ended', cause: { code: 'AGENT_EXITED' } }]));
  await gone();
  expect(existsSync(join(data, 'made'))).toBe(false);
});

it('dials no other address than the one that it let the agent listen on', async () => {
  writeFileSync(join(folder, 'desktop/address.json'), JSON.stringify({ address: '192.0.2.1', port: 80 }));
  const [run] = (await runs()) as readonly ObservedRun[];
  expect(run).not.toHaveProperty('endpoint');
});

it('finds its runs again though the environment names another runtime folder', async () => {
  const before = process.env.XDG_RUNTIME_DIR;
  process.env.XDG_RUNTIME_DIR = mkdtempSync('/tmp/deskhand-');
  const restarted = new LocalRuntime({ data });
  expect(await restarted.list()).toStrictEqual([target]);
  await restarted.close();
  rmSync(process.env.XDG_RUNTIME_DIR, { recursive: true });
  if (before === undefined) delete process.env.XDG_RUNTIME_DIR;
  else process.env.XDG_RUNTIME_DIR = before;
});

it('leaves alone, while it only looks, what a server that was killed has begun; ending it removes it', async () => {
  const begun = { desktop: target.desktop, run: 2 };
  const place = join(dirname(folder), `${target.desktop}-2`);
  mkdirSync(place);
  expect(await runs()).toMatchObject([{ run: 1 }, { run: 2, phase: 'pending' }]);
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(place, longAgo, longAgo);
  for (const replica of [runtime, new LocalRuntime({ data })]) {
    expect(await replica.observe(target.desktop)).toMatchObject({ runs: [{ run: 1 }, { run: 2, phase: 'remains' }] });
    expect(existsSync(place)).toBe(true);
  }
  await runtime.stopDesktop(begun);
  expect(existsSync(place)).toBe(false);
  expect(await runs()).toMatchObject([{ run: 1 }]);
});
