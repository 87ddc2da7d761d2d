/** Picks the runtime that the configuration names. */
import { Global, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIGURATION, type Configuration, podSettingsOf } from '#libs/common';
import { DesktopSecrets, TokensModule } from '#libs/tokens';
import { LocalRuntime } from './local/local-runtime.js';
import { Runtime } from './runtime.js';

/** Closed last: whoever reconciles has stopped by then. */
@Injectable()
class RuntimeCloser implements OnApplicationShutdown {
  constructor(@Inject(Runtime) private readonly runtime: Runtime) {}

  async onApplicationShutdown(): Promise<void> {
    await this.runtime.close();
  }
}

async function openRuntime(configuration: Configuration, secrets: DesktopSecrets): Promise<Runtime> {
  const { data, installation, runtime } = configuration;
  if (runtime.kind === 'local') return new LocalRuntime({ data, firstUid: runtime.firstUid });
  // The cluster's client is large: only who needs it loads it.
  const { openKubernetesRuntime } = await import('./kubernetes/open-kubernetes-runtime.js');
  return openKubernetesRuntime({
    installation: installation.id,
    runtime,
    settingsOf: (profile) => podSettingsOf(configuration, profile),
    secretOf: (run) => secrets.secretOf(run),
  });
}

@Global()
@Module({
  imports: [TokensModule],
  providers: [{ provide: Runtime, inject: [CONFIGURATION, DesktopSecrets], useFactory: openRuntime }, RuntimeCloser],
  exports: [Runtime],
})
export class RuntimeModule {}
