/** Composes a gateway that stands by itself: its own keys, lines to every replica of the control plane, requests to those that are well. */
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { type Configuration, headersOfRules, hostsOf, logStream } from '#libs/common';
import { DesktopTokenVerifier, KeyRing, keysFolder } from '#libs/tokens';
import { DenialLines } from './denials/denial-lines.js';
import { DenyList } from './deny-list.js';
import { targetsOf } from './desktop/targets.js';
import { createGateway } from './gateway.js';
import { DEFAULT_LIMITS, upstreamsOf } from './gateway.options.js';
import { HttpUpstreams } from './upstream/http-upstreams.js';

/** Listens when it returns. @returns what ends it */
export async function startGateway(configuration: Configuration): Promise<() => Promise<void>> {
  const { host, port, trustedProxies } = configuration.http;
  const ring = await KeyRing.open(keysFolder(configuration));
  const logger = pino({ level: configuration.log.level, name: 'gateway' }, logStream());
  const denyList = new DenyList();
  const replicas = configuration.gateway.api.map((url) => new URL(url));
  const api = new HttpUpstreams(replicas, { ...DEFAULT_LIMITS, ...configuration.gateway.limits });
  const lines = new DenialLines(replicas, { secret: ring.lineSecret, denyList, logger }, (url, isUp) => api.turn(url, isUp));
  const gateway = await createGateway({
    upstreams: { api, ...upstreamsOf(configuration.gateway) },
    website: { folder: configuration.gateway.website ?? fileURLToPath(new URL('../../../website', import.meta.url)) },
    tokens: new DesktopTokenVerifier(ring, configuration.installation.id),
    denyList,
    readiness: lines,
    allowedHosts: hostsOf(configuration.http),
    trustedProxies,
    limits: configuration.gateway.limits,
    proxyHeaders: headersOfRules(configuration.identity.rules),
    targets: targetsOf(configuration.runtime),
    logger,
  });
  await gateway.listen(port, host);
  return async () => {
    await Promise.all([gateway.close(), lines.close()]);
  };
}
