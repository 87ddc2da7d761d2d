/** The gateway as a process of its own, in front of any number of replicas of the control plane. */
import { loadConfiguration, toDeskhandError } from '#libs/common';
import { startGateway } from './start-gateway.js';

try {
  const stop = await startGateway(loadConfiguration());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
} catch (error) {
  const { detail, remedy } = toDeskhandError(error);
  process.stderr.write(`${detail}\n${remedy}\n`);
  process.exitCode = 1;
}
