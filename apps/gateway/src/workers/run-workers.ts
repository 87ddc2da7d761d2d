/** What a process does as the one that watches over workers, and what it does as one of them. */
import { pino } from 'pino';
import { type Configuration, DeskhandError, logStream } from '#libs/common';
import { startGateway } from '../start-gateway.js';
import { type WorkerMessage, type WorkerQuestion, Workers } from './workers.js';

/** @returns what ends them @throws DeskhandError `CONFIGURATION_INVALID`, `PORT_IN_USE` */
export async function runWorkers({ gateway, http, log }: Configuration): Promise<() => Promise<void>> {
  if (http.port === 0) throw new DeskhandError('CONFIGURATION_INVALID', 'Several workers need a port that is known: set http.port.');
  const logger = pino({ level: log.level, name: 'gateway' }, logStream());
  const workers = new Workers(process.argv[1] as string, (pid) => logger.error({ pid }, 'a worker has ended; another takes its place'));
  await workers.start(gateway.workers);
  if (!gateway.metrics) return () => workers.stop();
  const [{ AggregatorRegistry }, { MetricsServer }] = await Promise.all([import('prom-client'), import('#libs/metrics')]);
  const server = new MetricsServer({
    text: async () => AggregatorRegistry.aggregate(await workers.metrics()).metrics(),
    isServing: () => workers.isServing,
  });
  await server.listen(gateway.metrics.port, gateway.metrics.host);
  return async () => {
    await workers.stop();
    await server.close();
  };
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
  process.on('message', async ({ kind, id }: WorkerQuestion) => {
    if (kind !== 'metrics') return;
    const { metricsOf } = await import('../metrics/gateway-metrics.js');
    registry ??= metricsOf(gateway);
    tell({ kind: 'metrics', id, metrics: await registry.getMetricsAsJSON() });
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
