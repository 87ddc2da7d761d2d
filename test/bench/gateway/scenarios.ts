/** What is measured and what is aimed at: one function a scenario, each with all candidates in turns. */
import { median, quantile } from '../bench.js';
import { ASSET } from './candidates.js';
import { openingScenarios } from './opening.js';
import { type Bound, compare, PEERS, type Scenario } from './scenario.js';
import { DISPLAY, type Figures, type Stage, takeTurns } from './stage.js';
import { standingScenarios } from './standing.js';

const STREAM_ROUNDS = { warmUp: 3, counted: 5 };
const MESSAGE_ROUNDS = { warmUp: 5, counted: 9 };
const REQUEST_ROUNDS = { warmUp: 5, counted: 7 };
const FRAME = 64 * 1024;
const GIGA = 1e9;

async function streamed(stage: Stage, sockets: number, bytesPerSocket: number, framesPerSecond?: number): Promise<Figures> {
  const [token = ''] = await stage.tokens(1);
  const frames = Math.ceil(bytesPerSocket / FRAME);
  await stage.behave({ kind: 'send', frameBytes: FRAME, frames, ...(framesPerSecond ? { framesPerSecond } : {}) });
  return takeTurns(stage, PEERS, STREAM_ROUNDS, async (candidate) => {
    await stage.load.ask('open', { port: candidate.port, path: DISPLAY, tokens: [token], sockets, concurrency: 8 });
    const cpu = await stage.cpuOf(candidate, () => stage.load.ask('pull', { bytesPerSocket: frames * FRAME }));
    await stage.load.ask('close', null);
    await stage.untilClosed();
    return (cpu / (sockets * frames * FRAME)) * GIGA;
  });
}

const bulk: Scenario = async (stage) => [
  compare('bulk: CPU per GB, 8 sockets', 's', await streamed(stage, 8, 64 * 1024 * 1024), [
    { peer: 'nginx', most: 0.4 },
    { peer: 'nginx, 64 KiB buffers', most: 0.85 },
  ]),
];

const paced: Scenario = async (stage) => [
  compare('paced: CPU per GB, 100 sockets, 200 MB/s', 's', await streamed(stage, 100, 4_000_000, 2_000_000 / FRAME), [
    { peer: 'nginx', most: 0.4 },
  ]),
];

const small: Scenario = async (stage) => {
  const [token = ''] = await stage.tokens(1);
  await stage.behave({ kind: 'echo', bytesIn: 70, bytesOut: 66 });
  const ask = { messagesPerSecond: 2_000, seconds: 2, bytesOut: 70, bytesIn: 66 };
  const p99: Record<string, number[]> = {};
  const figures = await takeTurns(stage, PEERS, MESSAGE_ROUNDS, async (candidate) => {
    await stage.load.ask('open', { port: candidate.port, path: DISPLAY, tokens: [token], sockets: 200, concurrency: 16 });
    let times: readonly number[] = [];
    const cpu = await stage.cpuOf(candidate, async () => {
      times = await stage.load.ask('converse', ask);
    });
    p99[candidate.name] = [...(p99[candidate.name] ?? []), quantile(times, 0.99)];
    await stage.load.ask('close', null);
    await stage.untilClosed();
    return cpu / times.length;
  });
  const counted = (name: string): readonly number[] => (p99[name] ?? []).slice(MESSAGE_ROUNDS.warmUp);
  const added = Object.fromEntries(
    PEERS.map((name) => [name, counted(name).map((ms, round) => Math.max(0, ms - (counted('direct')[round] ?? 0)))]),
  );
  return [
    compare(
      'small: CPU per message, 200 sockets, 64 bytes there and back',
      'us',
      figures,
      [
        { peer: 'nginx', most: 1.45 },
        { peer: 'configurable-http-proxy', most: 0.75 },
      ],
      1e6,
    ),
    {
      ...compare('small: added p99', 'ms', added, []),
      aim: '<= 1.5 x nginx',
      met: median(added.ours ?? []) <= 1.5 * median(added.nginx ?? []),
    },
  ];
};

const requests =
  (path: string, metric: string, count: number, bounds: readonly Bound[]): Scenario =>
  async (stage) => {
    const figures = await takeTurns(stage, PEERS, REQUEST_ROUNDS, async (candidate) => {
      const cpu = await stage.cpuOf(candidate, () => stage.load.ask('requests', { port: candidate.port, path, count, connections: 16 }));
      await stage.untilClosed();
      return cpu / count;
    });
    return [compare(metric, 'us', figures, bounds, 1e6)];
  };

export const scenarios: Readonly<Record<string, Scenario>> = {
  bulk,
  paced,
  small,
  ...openingScenarios,
  static: requests(ASSET, 'static: CPU per request, 100 KiB from memory', 4_000, [{ peer: 'nginx', most: 0.6 }]),
  json: requests('/api/v1/bench', 'json: CPU per request, 200 bytes proxied', 8_000, [
    { peer: 'nginx', most: 5 },
    { peer: 'configurable-http-proxy', most: 0.4 },
  ]),
  ...standingScenarios,
};
