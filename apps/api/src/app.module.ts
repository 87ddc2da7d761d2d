/** The control plane as one Nest module, made for a checked configuration. */
import { type DynamicModule, Module } from '@nestjs/common';
import { CONFIGURATION, type Configuration } from '#libs/common';
import { EventStoreModule } from '#libs/event-sourcing';
import { AuthModule } from './auth/auth.module.js';
import { DesktopsHttpModule } from './desktops/desktops-http.module.js';
import { GatewaysModule } from './gateways/gateways.module.js';
import { HealthModule } from './health/health.module.js';
import { HttpModule } from './http/http.module.js';
import { MeModule } from './me/me.module.js';
import { MetricsModule } from './metrics/metrics.module.js';

@Module({ imports: [HttpModule, AuthModule, MeModule, HealthModule, MetricsModule, DesktopsHttpModule, GatewaysModule] })
export class AppModule {
  static with(configuration: Configuration): DynamicModule {
    const provide = {
      module: ConfigurationModule,
      global: true,
      providers: [{ provide: CONFIGURATION, useValue: configuration }],
      exports: [CONFIGURATION],
    };
    return { module: AppModule, imports: [provide, EventStoreModule.with(configuration)] };
  }
}

/** Global, as there is one configuration in a process. */
class ConfigurationModule {}
