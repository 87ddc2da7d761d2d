/** The gateway as a process of its own, in front of any number of replicas of the control plane. */
import { type Configuration, loadConfiguration, toDeskhandError } from '#libs/common';
import { startGateway } from './start-gateway.js';
import { runWorker, runWorkers, sayWhy } from './workers/run-workers.js';
import { WORKER_VARIABLE } from './workers/worker.js';

async function run(configuration: Configuration): Promise<() => Promise<void>> {
  if (process.env[WORKER_VARIABLE]) return runWorker(configuration);
  return configuration.gateway.workers > 1 ? runWorkers(configuration) : (await startGateway(configuration)).stop;
}

try {
  const configuration = loadConfiguration();
  const stop = await run(configuration);
  let isEnding = false;
  // Of a signal to the whole group a worker hears twice: also from the process that watches over it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (!isEnding) void stop();
      isEnding = true;
    });
} catch (error) {
  sayWhy(toDeskhandError(error));
  process.exitCode = 1;
}
