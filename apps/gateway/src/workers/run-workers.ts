/** What a process does as the one that watches over workers, and what it does as one of them. */
import { pino } from 'pino';
import { type Configuration, DeskhandError, logStream } from '#libs/common';
import { startGateway } from '../start-gateway.js';
import type { WorkerMessage, WorkerQuestion } from './worker.js';
import { Workers } from './workers.js';

/** @returns what ends them @throws DeskhandError `CONFIGURATION_INVALID`, `PORT_IN_USE` */
export async function runWorkers({ gateway, http, log }: Configuration): Promise<() => Promise<void>> {
  if (http.port === 0) throw new DeskhandError('CONFIGURATION_INVALID', 'Several workers need a port that is known: set http.port.');
  const logger = pino({ level: log.level, name: 'gateway' }, logStream());
  const workers = new Workers({ program: process.argv[1] as string, logger });
  await workers.start(gateway.workers);
  try {
    const metrics = gateway.metrics && (await serveMetrics(workers, gateway.metrics));
    return async () => {
      await workers.stop();
      await metrics?.close();
    };
  } catch (error) {
    await workers.stop();
    throw error;
  }
}

/** Loaded where it is wanted. */
async function serveMetrics(workers: Workers, { port, host }: { port: number; host: string }): Promise<{ close(): Promise<void> }> {
  const [{ AggregatorRegistry }, { MetricsServer }] = await Promise.all([import('prom-client'), import('#libs/metrics')]);
  const server = new MetricsServer({
    text: async () => AggregatorRegistry.aggregate(await workers.metrics()).metrics(),
    isServing: () => workers.isServing,
  });
  await server.listen(port, host);
  return server;
}

/** Why it ends, in one place however many workers fail of the same: a worker leaves it to whoever watches over it. */
export function sayWhy({ code, detail, remedy }: DeskhandError): void {
  if (process.send) process.send({ kind: 'failed', code, detail } satisfies WorkerMessage);
  else process.stderr.write(`${detail}\n${remedy}\n`);
}

/** @returns what ends it */
export async function runWorker(configuration: Configuration): Promise<() => Promise<void>> {
  const { gateway, stop } = await startGateway(configuration, { isShared: true });
  const tell = (message: WorkerMessage): void => void process.send?.(message);
  process.on('message', async (question: WorkerQuestion) => {
    if (question.kind === 'alive') return tell({ kind: 'alive' });
    const { metricsOf } = await import('../metrics/gateway-metrics.js');
    registry ??= metricsOf(gateway);
    tell({ kind: 'metrics', id: question.id, metrics: await registry.getMetricsAsJSON() });
  });
  let registry: ReturnType<typeof import('../metrics/gateway-metrics.js').metricsOf> | undefined;
  // Nobody watches over it any more.
  process.once('disconnect', () => void stop());
  tell({ kind: 'listening' });
  return async () => {
    await stop();
    if (process.connected) process.disconnect();
  };
}
