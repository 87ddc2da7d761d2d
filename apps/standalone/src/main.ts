/** `npm start`: the whole of Deskhand in one process, for one trusted user of this machine. */
import { join } from 'node:path';
import { DeskhandError, loadConfiguration } from '#libs/common';
import { greeting } from './greeting.js';
import { projectFolder } from './project-folder.js';
import { startStandalone } from './standalone.js';

// Asked for before anything starts: what a start that is interrupted has found or made is ended too.
const asked = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
});
try {
  const configuration = loadConfiguration(process.env, join(projectFolder(), 'apps/standalone/demo/deskhand.yaml'));
  const standalone = await startStandalone(configuration);
  console.log(greeting(configuration.installation.name, standalone));
  await asked;
  console.log(standalone.runtime === 'local' ? 'Ending the desktops and the server ...' : 'Ending the server ...');
  await standalone.stop();
  process.exit(0);
} catch (error) {
  console.error(error instanceof DeskhandError ? `${error.detail}\n${error.remedy}` : error);
  process.exit(1);
}
