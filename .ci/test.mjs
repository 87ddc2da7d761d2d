/** `npm test`: installs and builds what is missing, then runs every test; what follows `--` goes to vitest. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../apps/standalone/start/build.mjs';
import { installPackages } from '../apps/standalone/start/packages.mjs';
import { unsuitability } from '../apps/standalone/start/platform.mjs';
import { installPrograms, PROGRAMS, TEST_PROGRAMS } from '../apps/standalone/start/programs.mjs';
import { attempt, binFolder, Stop, serve } from '../apps/standalone/start/run.mjs';
import { clusterFile, down, isUp, up } from '../test/cluster/cluster.mjs';
import { needsCluster } from '../test/cluster/needed.mjs';

const project = fileURLToPath(new URL('../', import.meta.url));
const args = process.argv.slice(2);

attempt(async () => {
  const reason = unsuitability(process);
  if (reason) throw new Stop(reason);
  await installPrograms([...PROGRAMS, ...TEST_PROGRAMS]);
  await installPackages(project);
  await build(project);
  const isOurs = await provideCluster();
  const vitest = join(project, 'node_modules/vitest/vitest.mjs');
  try {
    return await serve(join(binFolder(project), 'node'), [vitest, 'run', '--root', project, ...args]);
  } finally {
    if (isOurs) await down();
  }
});

/** Tests on a cluster find it by this variable; without it they are skipped. @returns {Promise<boolean>} whether it is ours to end */
async function provideCluster() {
  if (process.env.DESKHAND_TEST_CLUSTER || !(await needsCluster(args))) return false;
  const wasUp = await isUp();
  try {
    await up();
  } catch (error) {
    if (process.env.CI || !(error instanceof Stop)) throw error;
    console.log(`Tests that need a cluster are skipped. ${error.message}`);
    return false;
  }
  process.env.DESKHAND_TEST_CLUSTER = clusterFile;
  return !wasUp;
}
