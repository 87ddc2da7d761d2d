/** Composes a gateway that stands by itself: its own keys, lines to every replica of the control plane, requests to those that are well. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { type Configuration, headersOfRules, hostsOf, type ListenOptions, logStream } from '#libs/common';
import { DesktopTokenVerifier, gatewayPass, KeyRing, keysFolder } from '#libs/tokens';
import { DenialLines } from './denials/denial-lines.js';
import { DenyList } from './deny-list.js';
import { targetsOf } from './desktop/targets.js';
import { createGateway, type Gateway } from './gateway.js';
import { DEFAULT_LIMITS, upstreamsOf } from './gateway.options.js';
import { HttpUpstreams } from './upstream/http-upstreams.js';

interface Closable {
  close(): Promise<void>;
}

export interface RunningGateway {
  readonly gateway: Gateway;
  stop(): Promise<void>;
}

/** Listens when it returns. @param options `isShared`: others listen on the same port */
export async function startGateway(configuration: Configuration, options: ListenOptions = {}): Promise<RunningGateway> {
  const { host, port, trustedProxies } = configuration.http;
  const ring = await KeyRing.open(keysFolder(configuration));
  const logger = pino({ level: configuration.log.level, name: 'gateway' }, logStream());
  const denyList = new DenyList();
  const replicas = configuration.gateway.api.map((url) => new URL(url));
  const limits = { ...DEFAULT_LIMITS, ...configuration.gateway.limits };
  const api = new HttpUpstreams(replicas, { limits, withCredentials: true, pass: gatewayPass(ring.lineSecret) });
  const lines = new DenialLines(replicas, { secret: ring.lineSecret, denyList, logger }, (url, isUp) => api.turn(url, isUp));
  const gateway = await createGateway({
    upstreams: { api, ...upstreamsOf(configuration.gateway) },
    website: { folder: configuration.gateway.website ?? builtWebsite(), name: configuration.installation.name },
    tokens: new DesktopTokenVerifier(ring, configuration.installation.id),
    denyList,
    readiness: lines,
    allowedHosts: hostsOf(configuration.http),
    trustedProxies,
    limits: configuration.gateway.limits,
    proxyHeaders: headersOfRules(configuration.identity.rules),
    targets: targetsOf(configuration.runtime, configuration.gateway.targetPorts),
    logger,
  });
  let metrics: Closable | undefined;
  try {
    await gateway.listen(port, host, options);
    // Workers are asked for theirs by the process that watches over them.
    if (!options.isShared) metrics = await serveMetrics(gateway, configuration.gateway.metrics);
  } catch (error) {
    // Whatever is open would keep a process alive that nobody knows to be there.
    await Promise.all([gateway.close(), lines.close()]);
    throw error;
  }
  const stopWatching = ring.watch((error) => logger.error({ err: error }, 'the keys could not be read again; the known ones hold'));
  return {
    gateway,
    stop: async () => {
      stopWatching();
      await Promise.all([gateway.close(), lines.close()]);
      await metrics?.close();
    },
  };
}

/** Loaded where it is wanted: whoever watches nothing has not to keep it in memory. */
async function serveMetrics(gateway: Gateway, settings: Configuration['gateway']['metrics']): Promise<Closable | undefined> {
  if (!settings) return undefined;
  const [{ metricsOf }, { MetricsServer }] = await Promise.all([import('./metrics/gateway-metrics.js'), import('#libs/metrics')]);
  const registry = metricsOf(gateway);
  const server = new MetricsServer({ text: () => registry.metrics(), isServing: () => !gateway.isClosing });
  await server.listen(settings.port, settings.host);
  return server;
}

/** The website that was built beside this program, wherever in the build this file is. */
function builtWebsite(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'website/index.html')) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, 'website');
}
