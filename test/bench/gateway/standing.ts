/** Scenarios of what stands: idle connections, two workers, and what is left after very many that were abandoned. */
import { setTimeout as pause } from 'node:timers/promises';
import { median, type Result } from '../bench.js';
import { type Candidate } from './candidates.js';
import { cpuSecondsOf } from './process-tree.js';
import { type Scenario } from './scenario.js';
import { DISPLAY, ratio, takeTurns } from './stage.js';

const KIBI = 1024;
const MEBI = 1024 * KIBI;
/** Two workers share the warm-up: each has some ten thousand opens or messages behind it. */
const ROUNDS = { warmUp: 8, counted: 7 };
const BYTE_ROUNDS = { warmUp: 3, counted: 5 };
const ECHO = { kind: 'echo', bytesIn: 70, bytesOut: 66 } as const;

const idle: Scenario = async (stage) => {
  const sockets = 5_000;
  const seconds = 10;
  const tokens = await stage.tokens(1);
  await stage.behave(ECHO);
  const results: Record<string, { base: number; each: number; share: number }> = {};
  for (const name of ['ours', 'nginx', 'nginx, 64 KiB buffers', 'configurable-http-proxy', 'http-proxy-3']) {
    // A fresh one each: what earlier work left in a heap is not what connections take.
    await stage.retire(name);
    const candidate = await stage.candidate(name);
    await stage.load.ask('opens', { port: candidate.port, path: DISPLAY, tokens, count: 50, concurrency: 8 });
    await pause(2_000);
    const base = candidate.bytes;
    await stage.load.ask('open', { port: candidate.port, path: DISPLAY, tokens, sockets, concurrency: 16 });
    await pause(3_000);
    const share = (await stage.cpuOf(candidate, () => pause(seconds * 1_000))) / seconds;
    results[name] = { base, each: (candidate.bytes - base) / sockets, share };
    await stage.load.ask('close', null);
    await stage.untilClosed();
  }
  const { ours, ...peers } = results;
  const of = (pick: (result: { base: number; each: number; share: number }) => number) => ({
    ours: ours ? pick(ours) : Number.NaN,
    peers: Object.fromEntries(Object.entries(peers).map(([name, result]) => [name, pick(result)])),
  });
  const each = of(({ each }) => each / KIBI);
  const base = of(({ base }) => base / MEBI);
  const share = of(({ share }) => share * 100);
  return [
    { metric: 'idle: memory per connection, 5,000 of them', unit: 'KiB', ...each, aim: '<= 16', met: each.ours <= 16 },
    { metric: 'idle: memory of the process before', unit: 'MiB', ...base, aim: '<= 100', met: base.ours <= 100 },
    { metric: 'idle: share of a core, 5,000 connections', unit: '%', ...share, aim: '<= 2', met: share.ours <= 2 },
  ];
};

const workers: Scenario = async (stage) => {
  const tokens = await stage.tokens(1);
  const names = ['ours', 'ours, 2 workers'];
  const shares: number[] = [];
  const spread = async (candidate: Candidate, work: () => Promise<unknown>): Promise<number> => {
    const before = new Map(candidate.processes.map((pid) => [pid, cpuSecondsOf(pid)]));
    const cpu = await stage.cpuOf(candidate, work);
    const parts = [...before].map(([pid, had]) => cpuSecondsOf(pid) - had).sort((a, b) => b - a);
    if (candidate.name !== 'ours') shares.push((parts[1] ?? 0) / (parts[0] ?? 1));
    return cpu;
  };
  const ask = (candidate: Candidate) => ({ port: candidate.port, path: DISPLAY, tokens });
  await stage.behave(ECHO);
  const opened = await takeTurns(stage, names, ROUNDS, (candidate) =>
    spread(candidate, async () => {
      await stage.load.ask('opens', { ...ask(candidate), count: 2_500, concurrency: 16 });
      await stage.untilClosed();
    }),
  );
  const messages = await takeTurns(stage, names, ROUNDS, async (candidate) => {
    await stage.load.ask('open', { ...ask(candidate), sockets: 200, concurrency: 16 });
    const cpu = await spread(candidate, () =>
      stage.load.ask('converse', { messagesPerSecond: 2_000, seconds: 2, bytesOut: 70, bytesIn: 66 }),
    );
    await stage.load.ask('close', null);
    await stage.untilClosed();
    return cpu;
  });
  await stage.behave({ kind: 'send', frameBytes: 64 * KIBI, frames: 256 });
  const bytes = await takeTurns(stage, names, BYTE_ROUNDS, async (candidate) => {
    await stage.load.ask('open', { ...ask(candidate), sockets: 32, concurrency: 16 });
    const cpu = await spread(candidate, () => stage.load.ask('pull', { bytesPerSocket: 256 * 64 * KIBI }));
    await stage.load.ask('close', null);
    await stage.untilClosed();
    return cpu;
  });
  const result = (metric: string, figures: typeof opened): Result => {
    const share = ratio(figures, 'ours, 2 workers', 'ours');
    return { metric, unit: 'x one worker', ours: share, aim: '<= 1.25', met: share <= 1.25 };
  };
  const even = median(shares);
  return [
    result('workers: CPU per open, WORKERS=2', opened),
    result('workers: CPU per message, WORKERS=2', messages),
    result('workers: CPU per GB, WORKERS=2', bytes),
    { metric: 'workers: work of the less busy one', unit: 'x the busier one', ours: even, aim: '>= 0.7', met: even >= 0.7 },
  ];
};

/** Opens that are dropped at any moment, in ten parts: what the process holds afterwards, against what it held after the first part. */
const soak: Scenario = async (stage) => {
  await stage.retire('ours');
  const candidate = await stage.candidate('ours');
  await stage.behave(ECHO);
  const part = async (count: number): Promise<{ bytes: number; descriptors: number }> => {
    const tokens = [...(await stage.tokens(50)), 'no-token'];
    await stage.load.ask('opens', { port: candidate.port, path: DISPLAY, tokens, count, concurrency: 32, abandon: true });
    await stage.untilClosed();
    return settled(candidate);
  };
  const first = await part(20_000);
  for (let n = 0; n < 3; n += 1) await part(20_000);
  const last = await part(20_000);
  const growth = (last.bytes / first.bytes - 1) * 100;
  return [
    { metric: 'soak: memory after 100,000 abandoned opens, against 20,000', unit: '% more', ours: growth, aim: '<= 5', met: growth <= 5 },
    {
      metric: 'soak: descriptors left over',
      unit: '',
      ours: last.descriptors - first.descriptors,
      aim: '<= 0',
      met: last.descriptors <= first.descriptors,
    },
  ];
};

/** The lowest of what it holds within some seconds. */
async function settled(candidate: Candidate): Promise<{ bytes: number; descriptors: number }> {
  const seen: { bytes: number; descriptors: number }[] = [];
  for (let n = 0; n < 30; n += 1) {
    await pause(200);
    seen.push({ bytes: candidate.bytes, descriptors: candidate.descriptors });
  }
  return { bytes: Math.min(...seen.map(({ bytes }) => bytes)), descriptors: Math.min(...seen.map(({ descriptors }) => descriptors)) };
}

export const standingScenarios: Readonly<Record<string, Scenario>> = { idle, workers, soak };
