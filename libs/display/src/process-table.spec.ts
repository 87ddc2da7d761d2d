import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { endProcesses, marked, type ProcessEntry, parseStat, readProcess, readProcesses } from './process-table.js';

const entry = (pid: number, parent: number, session: number, ...environment: string[]): ProcessEntry => ({
  ...{ pid, parent, group: session, session },
  environment: new Set(environment),
});
const isOurs = (environment: ReadonlySet<string>) => environment.has('MARK=1');
const pidsOf = (...table: ProcessEntry[]) => marked(table, isOurs, 1).map(({ pid }) => pid);

describe('marked', () => {
  test('finds what carries the mark, its children without it, and its session', () => {
    const table = [entry(30, 20, 30), entry(20, 10, 20), entry(10, 1, 10, 'MARK=1'), entry(11, 1, 10), entry(12, 1, 12, 'MARK=12')];
    expect(pidsOf(entry(1, 0, 1), ...table).sort()).toEqual([10, 11, 20, 30]);
  });

  test('never finds the one who asks, nor its session, nor the sessions of another namespace', () => {
    expect(pidsOf(entry(1, 0, 5, 'MARK=1'), entry(2, 1, 5, 'MARK=1'), entry(3, 0, 5), entry(4, 0, 0, 'MARK=1'), entry(6, 0, 0))).toEqual([
      2, 4,
    ]);
  });
});

describe('parseStat', () => {
  test('is not misled by the name of a program', () => {
    expect(parseStat('7 (a) S 1 1) S 3 4 5 0')).toEqual({ pid: 7, parent: 3, group: 4, session: 5 });
  });

  test('counts a process that waits for its parent as ended', () => {
    expect(parseStat('7 (a) Z 3 4 5 0')).toBeUndefined();
  });
});

test('endProcesses ends a tree of processes that ignore TERM and cleared their environment', async () => {
  const script = "trap '' TERM; setsid env -i sh -c \"trap '' TERM; echo \\$\\$; sleep 300; :\" & while :; do sleep 0.1; done";
  const child = spawn('sh', ['-c', script], { env: { ...process.env, MARK: '1' }, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const [pid] = (await once(child.stdout, 'data')).map(Number);
  expect(readProcess(child.pid ?? 0)?.environment.has('MARK=1')).toBe(true);
  const exited = once(child, 'exit');
  const find = () => marked(readProcesses(), isOurs);
  expect(await endProcesses(find, 100)).toBe(0);
  expect((await exited)[1]).toBe('SIGKILL');
  expect(find()).toEqual([]);
  expect(readProcess(pid ?? 0)).toBeUndefined();
});
