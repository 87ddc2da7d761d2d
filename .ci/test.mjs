/** `npm test`: installs and builds what is missing, then runs every test; what follows `--` goes to vitest. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../apps/standalone/start/build.mjs';
import { installPackages } from '../apps/standalone/start/packages.mjs';
import { unsuitability } from '../apps/standalone/start/platform.mjs';
import { installPrograms, PROGRAMS, TEST_PROGRAMS } from '../apps/standalone/start/programs.mjs';
import { attempt, binFolder, Stop, serve } from '../apps/standalone/start/run.mjs';

const project = fileURLToPath(new URL('../', import.meta.url));

attempt(async () => {
  const reason = unsuitability(process);
  if (reason) throw new Stop(reason);
  await installPrograms([...PROGRAMS, ...TEST_PROGRAMS]);
  await installPackages(project);
  await build(project);
  const vitest = join(project, 'node_modules/vitest/vitest.mjs');
  return serve(join(binFolder(project), 'node'), [vitest, 'run', '--root', project, ...process.argv.slice(2)]);
});
