/** Which test runs need a cluster: vitest itself says which files a command line of its own would run. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { binFolder, run } from '../../apps/standalone/start/run.mjs';

const project = fileURLToPath(new URL('../../', import.meta.url));
const TIMEOUT_MS = 60_000;

/** @param {readonly string[]} args of `vitest run` @returns {Promise<boolean>} */
export async function needsCluster(args) {
  const vitest = [join(project, 'node_modules/vitest/vitest.mjs'), 'list', '--filesOnly', '--root', project];
  const { output } = await run(join(binFolder(project), 'node'), [...vitest, ...args], { cwd: project, timeoutMs: TIMEOUT_MS });
  return output.includes('.kubernetes.spec.ts');
}
