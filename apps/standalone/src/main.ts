/** `npm start`: the whole of Deskhand in one process, for one trusted user of this machine. */
import { DeskhandError, loadConfiguration } from '#libs/common';
import { demoConfigurationFile, greeting } from './greeting.js';
import { startStandalone } from './standalone.js';

try {
  const configuration = loadConfiguration(process.env, demoConfigurationFile);
  const standalone = await startStandalone(configuration);
  console.log(greeting(configuration, standalone.url));
  let ending = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (ending) return;
      ending = true;
      console.log('Ending the desktops and the server ...');
      standalone.stop().then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
    });
  }
} catch (error) {
  fail(error);
}

function fail(error: unknown): never {
  console.error(error instanceof DeskhandError ? `${error.detail}\n${error.remedy}` : error);
  process.exit(1);
}
