/** `npm start`: from a fresh clone to a running server with one command. Installs and builds only what is missing, then hands over. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { installPackages } from './packages.mjs';
import { unsuitability } from './platform.mjs';
import { installPrograms, PROGRAMS } from './programs.mjs';
import { attempt, binFolder, Stop, serve } from './run.mjs';

const project = fileURLToPath(new URL('../../../', import.meta.url));

attempt(async () => {
  const reason = unsuitability(process);
  if (reason) throw new Stop(reason);
  await installPrograms(PROGRAMS);
  await installPackages(project);
  await build(project);
  return serve(join(binFolder(project), 'node'), [join(project, 'dist/server/standalone.mjs')]);
});
