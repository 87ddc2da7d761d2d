/** The gateway as a process of its own, in front of a control plane elsewhere (`DESKHAND_API`). */
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { headersOfRules, loadConfiguration, logStream, toDeskhandError } from '#libs/common';
import { DesktopTokenVerifier, KeyRing, keysFolder } from '#libs/tokens';
import { createGateway, DenyList, targetsOf, upstreamsOf } from './index.js';

try {
  const configuration = loadConfiguration();
  const { host, port, allowedHosts, trustedProxies } = configuration.http;
  const ring = await KeyRing.open(keysFolder(configuration));
  const gateway = await createGateway({
    upstreams: { api: new URL(process.env.DESKHAND_API ?? 'http://127.0.0.1:8081'), ...upstreamsOf(configuration.gateway) },
    website: { folder: configuration.gateway.website ?? fileURLToPath(new URL('../../../website', import.meta.url)) },
    tokens: new DesktopTokenVerifier(ring, configuration.installation.id),
    denyList: new DenyList(),
    allowedHosts,
    trustedProxies,
    limits: configuration.gateway.limits,
    proxyHeaders: headersOfRules(configuration.identity.rules),
    targets: targetsOf(configuration.runtime),
    logger: pino({ level: configuration.log.level }, logStream()),
  });
  await gateway.listen(port, host);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void gateway.close());
} catch (error) {
  const { detail, remedy } = toDeskhandError(error);
  process.stderr.write(`${detail}\n${remedy}\n`);
  process.exitCode = 1;
}
