/** The control plane as a process of its own, one of any number behind gateways. */
import { listenFault, loadConfiguration, toDeskhandError } from '#libs/common';
import { createApi } from './index.js';
import { leave } from './leave.js';

// Asked for before anything starts: what a start that is interrupted has opened is closed too.
const asked = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
});
try {
  const configuration = loadConfiguration();
  const api = await createApi(configuration);
  const { port, host } = configuration.http;
  await api.listen(port, host).catch((error) => {
    throw listenFault(error, port, host);
  });
  await asked;
  await leave(api);
  process.exit(0);
} catch (error) {
  const { detail, remedy } = toDeskhandError(error);
  process.stderr.write(`${detail}\n${remedy}\n`);
  process.exit(1);
}
