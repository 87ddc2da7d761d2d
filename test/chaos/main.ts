/** `npm run chaos -- [--replicas N] [--desktops N] [--runtime kubernetes|local] [--store mongo|sqlite] [--at-once N] [--kill-every MS] [--json]` */
import { parseArgs } from 'node:util';
import { type Audience, runChaos } from './chaos.js';
import { isWrong } from './life.js';

const USAGE =
  'usage: npm run chaos -- [--replicas N] [--desktops N] [--runtime kubernetes|local] [--store mongo|sqlite] [--at-once N] [--kill-every MS] [--json]\n' +
  'With --runtime kubernetes, DESKHAND_TEST_CLUSTER names the file that `npm run cluster -- up` wrote.';

function readOptions() {
  const { values } = parseArgs({
    options: {
      replicas: { type: 'string', default: '3' },
      desktops: { type: 'string', default: '100' },
      runtime: { type: 'string', default: process.env.DESKHAND_TEST_CLUSTER ? 'kubernetes' : 'local' },
      store: { type: 'string', default: 'mongo' },
      'at-once': { type: 'string', default: '8' },
      'kill-every': { type: 'string', default: '2000' },
      json: { type: 'boolean', default: false },
    },
  });
  const { runtime, store } = values;
  const [replicas, desktops, atOnce, killEveryMs] = [values.replicas, values.desktops, values['at-once'], values['kill-every']].map(
    Number,
  ) as [number, number, number, number];
  if (runtime !== 'kubernetes' && runtime !== 'local') throw new TypeError(`${runtime} is no runtime`);
  if (store !== 'mongo' && store !== 'sqlite') throw new TypeError(`${store} is no store`);
  if (![replicas, desktops, atOnce, killEveryMs].every((number) => Number.isInteger(number) && number > 0))
    throw new TypeError('a number is wrong');
  return { replicas, desktops, atOnce, runtime, store, killEveryMs, json: values.json } as const;
}

let options: ReturnType<typeof readOptions>;
try {
  options = readOptions();
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exit(2);
}
const broken = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => broken.abort(new Error(`broken off by ${signal}`)));
const audience: Audience = {
  ended(life) {
    const { id, end, cause, falselyStopped } = life;
    const line = `${id} ${end}${cause ? `: ${cause}` : ''}${falselyStopped ? ' (falsely stopped)' : ''}`;
    if (!options.json) console.log(line);
    else if (isWrong(life)) console.error(line);
  },
  events: (desktop, text) => console.error(`events of ${desktop}:\n${text}`),
};
const report = await runChaos(options, audience, broken.signal).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
console.log(options.json ? JSON.stringify(report) : report);
const { lost, duplicated, orphans, falselyStopped, ready, desktops } = report;
process.exit(lost + duplicated + orphans + falselyStopped === 0 && ready >= 0.99 * desktops ? 0 : 1);
