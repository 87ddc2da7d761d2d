/** How long a person waits: from POST /desktops to the first picture through the gateway, beside the floor, in one run. */
import type { Bench } from './bench.js';
import { benchPodStart } from './desktop-start.kubernetes.js';
import { benchLocalStart } from './desktop-start.local.js';

const BENCHES: Readonly<Record<string, Bench>> = { local: benchLocalStart, kubernetes: benchPodStart };

/** `--runtime local` (as without) or `kubernetes`. */
export const benchDesktopStart: Bench = (options) => {
  const bench = BENCHES[options.runtime ?? 'local'];
  if (!bench) throw new Error(`--runtime is one of ${Object.keys(BENCHES).join(', ')}`);
  return bench(options);
};
