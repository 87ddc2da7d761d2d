/** Scenarios of opening: with a token that is known, with a new one each, with bad ones, and what a storm of them does to streams that stand. */
import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { median, quantile, type Result } from '../bench.js';
import type { Candidate } from './candidates.js';
import { compare, PEERS, type Scenario } from './scenario.js';
import { DISPLAY, type Figures, type Stage, takeTurns } from './stage.js';

/** Ten thousand opens come before the first that counts. */
const ROUNDS = { warmUp: 5, counted: 7 };
const OPENS = 2_000;
const STORM_ROUNDS = 9;
const CONCURRENCY = 8;

async function opens(stage: Stage, candidate: Candidate, tokens: readonly string[], count: number): Promise<number> {
  const ask = { port: candidate.port, path: DISPLAY, tokens, count, concurrency: CONCURRENCY };
  const cpu = await stage.cpuOf(candidate, async () => {
    await stage.load.ask('opens', ask);
    await stage.untilClosed();
  });
  return cpu / count;
}

const knownOpens = async (stage: Stage, names: readonly string[]): Promise<Figures> => {
  const tokens = await stage.tokens(1);
  await stage.behave({ kind: 'echo', bytesIn: 70, bytesOut: 66 });
  return takeTurns(stage, names, ROUNDS, (candidate) => opens(stage, candidate, tokens, OPENS));
};

const open: Scenario = async (stage) => [
  compare(
    'open: CPU per open with a known token',
    'ms',
    await knownOpens(stage, PEERS),
    [
      { peer: 'nginx', most: 2.6 },
      { peer: 'configurable-http-proxy', most: 0.55 },
    ],
    1_000,
  ),
];

const newTokens: Scenario = async (stage) => {
  await stage.behave({ kind: 'echo', bytesIn: 70, bytesOut: 66 });
  const ours = await stage.candidate('ours');
  const known = await stage.tokens(1);
  const rounds: { fresh: number; renewed: number; bound: number }[] = [];
  for (let round = 0; round < ROUNDS.warmUp + ROUNDS.counted; round += 1) {
    const tokens = await stage.tokens(500);
    const fresh = await opens(stage, ours, tokens, tokens.length);
    const renewals = await stage.renewed(500);
    const renewed = await opens(stage, ours, renewals, renewals.length);
    const knownOpen = await opens(stage, ours, known, OPENS);
    if (round >= ROUNDS.warmUp) rounds.push({ fresh, renewed, bound: knownOpen + rsaSeconds() });
  }
  const share = median(rounds.map(({ fresh, bound }) => fresh / bound));
  const result: Result = {
    metric: 'new: CPU per open with a token never seen, of a run never seen',
    unit: 'ms',
    ours: median(rounds.map(({ fresh }) => fresh)) * 1_000,
    floor: median(rounds.map(({ bound }) => bound)) * 1_000,
    aim: `<= 1.3 x (decrypt + verify + known open) (${share.toFixed(2)})`,
    met: share <= 1.3,
  };
  const renewal: Result = {
    metric: 'new: CPU per open with a renewed token, of a run that is known',
    unit: 'ms',
    ours: median(rounds.map(({ renewed }) => renewed)) * 1_000,
  };
  const storms = await storm(stage, ours, {
    name: 'new',
    kinds: ['new tokens', 'known tokens'],
    tokens: () => stage.tokens(300),
    control: known,
    perSecond: 150,
    ask: 'opens',
  });
  return [result, renewal, ...storms];
};

const badTokens: Scenario = async (stage) => {
  const ours = await stage.candidate('ours');
  const count = 2_000;
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS.warmUp + ROUNDS.counted; round += 1) {
    const tokens = await forged(stage, count);
    const cpu = await stage.cpuOf(ours, async () => {
      const lines = await stage.load.ask('refused', { port: ours.port, path: DISPLAY, tokens, count, concurrency: CONCURRENCY });
      if (Object.keys(lines).some((line) => !line.includes(' 401 '))) throw new Error(`not refused: ${JSON.stringify(lines)}`);
    });
    if (round >= ROUNDS.warmUp) costs.push(cpu / count);
  }
  const ms = median(costs) * 1_000;
  return [
    { metric: 'bad: CPU per token with a wrong signature', unit: 'ms', ours: ms, aim: '<= 0.3 ms', met: ms <= 0.3 },
    ...(await storm(stage, ours, {
      name: 'bad',
      kinds: ['bad tokens', 'what is no token at all'],
      tokens: () => forged(stage, 1_200),
      control: ['none'],
      perSecond: 600,
      ask: 'refused',
    })),
  ];
};

/** Right in all but the signature: the most that a stranger can make us do. */
async function forged(stage: Stage, count: number): Promise<readonly string[]> {
  const [token = ''] = await stage.tokens(1);
  const body = token.slice(0, token.lastIndexOf('.') + 1);
  return Array.from({ length: count }, () => body + randomBytes(256).toString('base64url'));
}

interface Storm {
  readonly name: string;
  /** What the tokens are, and what those of the control are. */
  readonly kinds: readonly [string, string];
  readonly tokens: () => Promise<readonly string[]>;
  /** Cost the same but for the cryptography: what they do to the streams any load would do. */
  readonly control: readonly string[];
  readonly perSecond: number;
  readonly ask: 'opens' | 'refused';
}

/** Calm, control and storm in turns on 50 streams that stand; the tokens come evenly in time, as many a second as half a core can take. */
async function storm(stage: Stage, ours: Candidate, { name, kinds, tokens, control, perSecond, ask }: Storm): Promise<readonly Result[]> {
  const target = { port: ours.port, path: DISPLAY };
  await stage.behave({ kind: 'echo', bytesIn: 70, bytesOut: 66 });
  await stage.load.ask('open', { ...target, tokens: await stage.tokens(1), sockets: 50, concurrency: CONCURRENCY });
  const converse = { messagesPerSecond: 500, seconds: 2, bytesOut: 70, bytesIn: 66 };
  const p99During = async (used?: readonly string[]): Promise<number> => {
    const load = used && { ...target, tokens: used, count: perSecond * converse.seconds, concurrency: CONCURRENCY, perSecond };
    const [times] = await Promise.all([stage.load.ask('converse', converse), load && stage.secondLoad.ask(ask, load)]);
    return quantile(times, 0.99);
  };
  const calm: number[] = [];
  const controlled: number[] = [];
  const rough: number[] = [];
  for (let round = 0; round < STORM_ROUNDS; round += 1) {
    calm.push(await p99During());
    controlled.push(await p99During(control));
    rough.push(await p99During(await tokens()));
  }
  await stage.load.ask('close', null);
  await stage.untilClosed();
  const result = (kind: string, values: readonly number[]) => ({
    metric: `${name}: p99 of streams that stand, in a storm of ${kind}`,
    unit: 'ms',
    ours: median(values),
    floor: median(calm),
  });
  return [{ ...result(kinds[0], rough), aim: '<= 2 x without', met: median(rough) <= 2 * median(calm) }, result(kinds[1], controlled)];
}

/** One RSA-OAEP decryption and one RS256 verification with keys that are parsed already, here and now. */
function rsaSeconds(): number {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const [publicKey, privateKey] = [createPublicKey(pair.publicKey), createPrivateKey(pair.privateKey)];
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const sealed = publicEncrypt({ key: publicKey, ...padding }, randomBytes(32));
  const data = randomBytes(1024);
  const signature = sign('sha256', data, privateKey);
  const times = 200;
  const before = process.cpuUsage();
  for (let n = 0; n < times; n += 1) {
    privateDecrypt({ key: privateKey, ...padding }, sealed);
    verify('sha256', data, publicKey, signature);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6 / times;
}

export const openingScenarios: Readonly<Record<string, Scenario>> = { open, new: newTokens, bad: badTokens };
