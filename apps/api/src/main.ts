/** The control plane as a process of its own, behind a gateway. */
import { loadConfiguration, toDeskhandError } from '#libs/common';
import { createApi } from './index.js';

try {
  const configuration = loadConfiguration();
  const api = await createApi(configuration);
  api.enableShutdownHooks();
  await api.listen(configuration.http.port, configuration.http.host);
} catch (error) {
  const { detail, remedy } = toDeskhandError(error);
  process.stderr.write(`${detail}\n${remedy}\n`);
  process.exitCode = 1;
}
