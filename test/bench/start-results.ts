/** What every runtime reports of the starts of desktops, and how one is measured. */
import type { StandaloneServer } from '../support/standalone.js';
import { median, quantile, type Result } from './bench.js';
import { endDesktop, firstPicture } from './first-picture.js';
import { cpuSeconds, MEBI, rss, settledRss } from './measure.js';

type FindAgent = (desktop: string, run: number) => number;

export interface Start {
  readonly ms: number;
  /** CPU seconds of the server. */
  readonly serverCpu: number;
  readonly agentRss: number;
}

/** Beside the floor of each. */
export function startResults(ours: readonly Start[], floor: readonly number[]): readonly Result[] {
  const times = ours.map(({ ms }) => ms);
  const over = times.map((ms, pair) => ms - (floor[pair] ?? Number.NaN));
  return [
    { metric: 'POST to first picture, median', unit: 'ms', ours: median(times), floor: median(floor) },
    { metric: 'POST to first picture, p95', unit: 'ms', ours: quantile(times, 0.95), floor: quantile(floor, 0.95) },
    { metric: 'above the floor, median', unit: 'ms', ours: median(over), aim: '<= 300', met: median(over) <= 300 },
    { metric: 'above the floor, p95', unit: 'ms', ours: quantile(over, 0.95), aim: '<= 600', met: quantile(over, 0.95) <= 600 },
    { metric: 'CPU of the server per start', unit: 'ms', ours: median(ours.map(({ serverCpu }) => serverCpu)) * 1000 },
  ];
}

/** @param idle memory of an agent that nobody looks at */
export function agentResults(ours: readonly Start[], idle: number): readonly Result[] {
  const highest = Math.max(...ours.map(({ agentRss }) => agentRss)) / MEBI;
  return [
    { metric: 'RSS of an idle agent', unit: 'MiB', ours: idle / MEBI, aim: '<= 60', met: idle <= 60 * MEBI },
    { metric: 'RSS of an agent with a browser, highest', unit: 'MiB', ours: highest },
  ];
}

/** @param agentOf finds the process of a run's agent */
export async function startOurs(server: StandaloneServer, agentOf: FindAgent): Promise<Start> {
  const cpu = cpuSeconds(server.pid);
  const desktop = await firstPicture(server.url);
  const serverCpu = cpuSeconds(server.pid) - cpu;
  const agentRss = rss(agentOf(desktop.id, desktop.run));
  await endDesktop(desktop);
  return { ms: desktop.ms, serverCpu, agentRss };
}

/** Of a desktop that is ready and that nobody looks at. */
export async function idleAgentRss(server: StandaloneServer, agentOf: FindAgent): Promise<number> {
  const desktop = await firstPicture(server.url);
  desktop.display.close();
  const idle = await settledRss(agentOf(desktop.id, desktop.run));
  await endDesktop(desktop);
  return idle;
}
