/** Composes control plane and gateway in one process: they meet in memory instead of on the network, everything else is the same. */
import { join } from 'node:path';
import { pino } from 'pino';
import { createApi } from '#apps/api';
import { createGateway, DenyList, targetsOf, upstreamsOf } from '#apps/gateway';
import { type Configuration, headersOfRules, hostsOf, logStream } from '#libs/common';
import { EventStore } from '#libs/event-sourcing';
import { IdentityProviders } from '#libs/identity';
import { DesktopTokenVerifier } from '#libs/tokens';
import { hostOf, isOpen } from './address.js';
import { lockData } from './data-lock.js';
import { followDenials } from './desktop-denials.js';
import { projectFolder } from './project-folder.js';
import { stopAllDesktops } from './shutdown.js';

export interface Standalone {
  /** Where browsers find it. */
  readonly url: string;
  /** Other machines can come to it. */
  readonly open: boolean;
  /** Where desktops live. */
  readonly runtime: Configuration['runtime']['kind'];
  /** User names to try it with. */
  readonly demoAccounts: readonly string[];
  /** Ends the server, and the desktops that are processes of this machine before it. */
  stop(): Promise<void>;
}

/** @throws DeskhandError `STORE_LOCKED`, `PORT_IN_USE` and whatever the stores find wrong */
export async function startStandalone(configuration: Configuration): Promise<Standalone> {
  const unlock = lockData(configuration.data);
  const { http, identity, log } = configuration;
  const api = await createApi(configuration);
  const denyList = new DenyList();
  const denials = await followDenials(api.get(EventStore), denyList);
  const gateway = await createGateway({
    upstreams: { api: api.getHttpAdapter().getInstance(), ...upstreamsOf(configuration.gateway) },
    limits: configuration.gateway.limits,
    website: { folder: configuration.gateway.website ?? join(projectFolder(), 'dist/website'), name: configuration.installation.name },
    tokens: api.get(DesktopTokenVerifier),
    denyList,
    // Where it was told to listen it also answers; no foreign page can have this name.
    allowedHosts: [...hostsOf(http), hostOf(http.host)],
    trustedProxies: http.trustedProxies,
    proxyHeaders: headersOfRules(identity.rules),
    targets: targetsOf(configuration.runtime),
    logger: pino({ level: log.level, name: 'gateway' }, logStream()),
  });
  const { port } = await gateway.listen(http.port, http.host);
  return {
    url: `http://${hostOf(http.host)}:${port}`,
    open: isOpen(http.host),
    runtime: configuration.runtime.kind,
    demoAccounts: api.get(IdentityProviders).all.flatMap(({ demoAccounts }) => demoAccounts),
    stop: async () => {
      await gateway.close();
      // Processes of this machine would be nobody's; pods stay, and are found again.
      if (configuration.runtime.kind === 'local') await stopAllDesktops(api);
      await denials.stop();
      await api.close();
      unlock();
    },
  };
}
