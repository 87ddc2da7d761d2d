/** How long a person waits: from POST /desktops to the first picture through the gateway, beside the floor, in one run. */
import { readFileSync } from 'node:fs';
import { eventually } from '../support/eventually.js';
import { HttpClient } from '../support/http-client.js';
import { agentOf } from '../support/processes.js';
import { RfbClient } from '../support/rfb-client.js';
import { StandaloneServer } from '../support/standalone.js';
import { type Bench, median, quantile, type Result } from './bench.js';
import { startByHand } from './desktop-start.floor.js';

const PAIRS = 24;
const CLOCK_TICKS_PER_SECOND = 100;
const MEBI = 1024 * 1024;

interface Start {
  readonly ms: number;
  /** CPU seconds of the server. */
  readonly serverCpu: number;
  readonly agentRss: number;
}

export const benchDesktopStart: Bench = async () => {
  const server = await StandaloneServer.make({ log: { level: 'error' } });
  await server.start();
  try {
    const idle = await settledRss(server.pid);
    const ours: Start[] = [];
    const floor: number[] = [];
    await startOurs(server);
    await startByHand();
    for (let pair = 0; pair < PAIRS; pair++) {
      // Turn and turn about, so that neither always comes second.
      if (pair % 2 === 0) floor.push(await startByHand());
      ours.push(await startOurs(server));
      if (pair % 2 === 1) floor.push(await startByHand());
    }
    return resultsOf(ours, floor, idle, await idleAgentRss(server));
  } finally {
    await server.dispose();
  }
};

function resultsOf(ours: readonly Start[], floor: readonly number[], idle: number, idleAgent: number): readonly Result[] {
  const times = ours.map(({ ms }) => ms);
  const over = times.map((ms, pair) => ms - (floor[pair] ?? Number.NaN));
  const agent = Math.max(...ours.map(({ agentRss }) => agentRss)) / MEBI;
  return [
    { metric: 'POST to first picture, median', unit: 'ms', ours: median(times), floor: median(floor) },
    { metric: 'POST to first picture, p95', unit: 'ms', ours: quantile(times, 0.95), floor: quantile(floor, 0.95) },
    { metric: 'above the floor, median', unit: 'ms', ours: median(over), aim: '<= 300', met: median(over) <= 300 },
    { metric: 'above the floor, p95', unit: 'ms', ours: quantile(over, 0.95), aim: '<= 600', met: quantile(over, 0.95) <= 600 },
    { metric: 'CPU of the server per start', unit: 'ms', ours: median(ours.map(({ serverCpu }) => serverCpu)) * 1000 },
    { metric: 'RSS of the idle server', unit: 'MiB', ours: idle / MEBI, aim: '<= 250', met: idle <= 250 * MEBI },
    { metric: 'RSS of an idle agent', unit: 'MiB', ours: idleAgent / MEBI, aim: '<= 60', met: idleAgent <= 60 * MEBI },
    { metric: 'RSS of an agent with a browser, highest', unit: 'MiB', ours: agent },
  ];
}

/** A new user each time, so that nothing is there yet. */
async function startOurs(server: StandaloneServer): Promise<Start> {
  const user = new HttpClient(server.url);
  await user.logIn(undefined);
  const cpu = cpuSeconds(server.pid);
  const started = performance.now();
  const { id, run } = await user.readyDesktop();
  const display = await RfbClient.connect(await user.display(id, await user.desktopToken(id)));
  display.refresh();
  while (display.updates.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const ms = performance.now() - started;
  const serverCpu = cpuSeconds(server.pid) - cpu;
  const agentRss = rss(agentOf(id, run));
  await user.call('DELETE', `/api/v1/desktops/${id}`);
  await user.untilStatus(id, 'stopped');
  return { ms, serverCpu, agentRss };
}

/** Of a desktop that is ready and that nobody looks at. */
async function idleAgentRss(server: StandaloneServer): Promise<number> {
  const user = new HttpClient(server.url);
  await user.logIn(undefined);
  const { id, run } = await user.readyDesktop();
  return settledRss(agentOf(id, run));
}

/** After garbage collection and whatever a start leaves behind: the lowest of some seconds. */
async function settledRss(pid: number): Promise<number> {
  const seen: number[] = [];
  await eventually(() => {
    seen.push(rss(pid));
    if (seen.length < 60) throw new Error('still settling');
  });
  return seen.at(-1) ?? Number.NaN;
}

const rss = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}
