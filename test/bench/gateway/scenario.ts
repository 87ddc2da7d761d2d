/** What a scenario is, and how our figures are put beside those of the peers. */
import { median, type Result } from '../bench.js';
import { type Figures, ratio, type Stage } from './stage.js';

export type Scenario = (stage: Stage) => Promise<readonly Result[]>;

export const PEERS = ['ours', 'nginx', 'nginx, 64 KiB buffers', 'configurable-http-proxy', 'http-proxy-3', 'direct'];
/** A bound on the ratio of our figure to a peer's. */
export interface Bound {
  readonly peer: string;
  readonly most: number;
}

/** One result: medians of everybody, and whether every bound is kept. */
export function compare(metric: string, unit: string, figures: Figures, bounds: readonly Bound[], scale = 1): Result {
  const { ours = [], direct, ...peers } = figures;
  const ratios = bounds.map(({ peer, most }) => ({
    text: `<= ${most} x ${peer} (${ratio(figures, 'ours', peer).toFixed(2)})`,
    met: ratio(figures, 'ours', peer) <= most,
  }));
  return {
    metric,
    unit,
    ours: median(ours) * scale,
    ...(direct ? { floor: median(direct) * scale } : {}),
    peers: Object.fromEntries(Object.entries(peers).map(([name, values]) => [name, median(values) * scale])),
    ...(bounds.length > 0 ? { aim: ratios.map(({ text }) => text).join(', '), met: ratios.every(({ met }) => met) } : {}),
  };
}
